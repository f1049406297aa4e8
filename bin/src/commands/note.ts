/** memnet note: writes a note on a run, and its tags, or shows them. */

import { resolve } from "node:path";
import { exitCodes, say, UsageError } from "@memnet/terminal";
import { checkRunName, checkRunsDir, hasRun, noSuchRun, runsDirDefault } from "../configure/runs-dir.ts";
import type { Define } from "../define.ts";

interface Flags {
  readonly tag?: readonly string[];
  readonly untag?: readonly string[];
  readonly runsDir: string;
}

export const define: Define = (command, finish) => {
  command
    .description(
      "Writes a note on a run in place of the one before, and adds and removes tags. The page and `memnet runs` show " +
        "them; they change nothing of the run. Without a text or a tag, shows what there is.",
    )
    .argument("<run>", "the run's name")
    .argument("[text]", "the note; '' removes it")
    .option("--tag <tags...>", "add tags: a word each")
    .option("--untag <tags...>", "remove tags")
    .option("--runs-dir <folder>", "where runs are kept", runsDirDefault)
    .addHelpText(
      "after",
      "\nExamples:\n  memnet note copy-7 'the first that generalises' --tag baseline\n  memnet note copy-7 --untag baseline",
    )
    .action(async (run: string, text: string | undefined, flags: Flags) => {
      await note(checkRunName(run), text, flags);
      finish(exitCodes.done);
    });
};

async function note(run: string, text: string | undefined, { tag, untag, runsDir }: Flags): Promise<void> {
  const root = resolve(runsDir);
  checkRunsDir(root);
  const { noteCharactersMax, readNote, runPaths, tagPattern, tagsMax, writeNote } = await import(
    "@memnet/runs"
  );
  const { systemDisk } = await import("@memnet/service/disk");
  for (const one of tag ?? []) {
    if (!tagPattern.test(one)) {
      const rule = "a tag is one word of up to 32 letters, digits, '.', '-' and '_'";
      throw new UsageError(`Cannot use --tag: ${rule}, got ${JSON.stringify(one)}`);
    }
  }
  if (text !== undefined && text.length > noteCharactersMax) {
    const rule = `it may have ${noteCharactersMax} characters`;
    throw new UsageError(`Cannot keep the note: ${rule}, got ${text.length}`);
  }
  if (!hasRun(root, run)) throw noSuchRun(root, run);
  const paths = runPaths(root, run);
  const before = await readNote(systemDisk, paths);
  const tags = [...new Set([...before.tags, ...(tag ?? [])])].filter((one) => !untag?.includes(one));
  if (tags.length > tagsMax) {
    throw new UsageError(`Cannot add tags: a run may have ${tagsMax}, got ${tags.length}`);
  }
  const after = { text: text ?? before.text, tags };
  if (text !== undefined || tag || untag) await writeNote(systemDisk, paths, after);
  const lines = [...(after.tags.length > 0 ? [`tags: ${after.tags.join(", ")}`] : []), after.text];
  say(lines.filter((line) => line !== "").join("\n") || `Run ${run} has no note and no tags.`);
}
