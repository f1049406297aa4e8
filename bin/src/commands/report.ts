/** memnet report: writes a run or a sweep as files to keep and to send. */

import { basename, resolve } from "node:path";
import { exitCodes, isSystemError, say, sayJson, UsageError } from "@memnet/terminal";
import { wholeOf } from "../configure/flags.ts";
import { presetText, readModel } from "../configure/model-file.ts";
import {
  checkFolderToWrite,
  checkRunName,
  checkRunsDir,
  folderRefusal,
  hasRun,
  noSuchRun,
  runsDirDefault,
} from "../configure/runs-dir.ts";
import { addSizes, type SizeFlags, sizesOf } from "../configure/sizes.ts";
import type { Define } from "../define.ts";
import { memnetCommand } from "../shell.ts";
import { runsDirFlag } from "../show-command.ts";

interface Flags extends SizeFlags {
  readonly checkpoint?: string;
  readonly preset?: string;
  readonly out?: string;
  readonly runsDir: string;
  readonly seed?: string;
  readonly json?: true;
}

export const define: Define = (command, finish) => {
  addSizes(command, "the longest in training")
    .description(
      "Writes a run's page as one HTML file that needs no server, and its pictures as SVG files: the curves, and the " +
        "memory at work on a test episode of the best checkpoint. Of a sweep, writes its points' curves, tables and " +
        "charts by setting, and all figures of its runs as runs.csv and evaluations.csv.",
    )
    .argument("[name]", "the run's or the sweep's name; not needed with --checkpoint")
    .option(
      "--checkpoint <file>",
      "a model from a file instead: a checkpoint, or a model's tensors with --preset",
    )
    .option("--preset <name>", presetText)
    .option("--out <folder>", "where to (default: NAME-report)")
    .option("--seed <number>", "the episode's seed (default: the run's)")
    .option("--json", "print the name and the files' paths as JSON")
    .option("--runs-dir <folder>", "where runs are kept", runsDirDefault)
    .addHelpText(
      "after",
      "\nExamples:\n  memnet report copy-7 --length 40 --out copy-7\n  memnet report rates\n  memnet report --checkpoint mine.safetensors --preset copy-ntm",
    )
    .action(async (name: string | undefined, flags: Flags) =>
      finish(await report(nameOf(name, flags), flags)),
    );
};

/** Returns what the report is called: the name of the run or the sweep, or that of the file. */
function nameOf(name: string | undefined, { checkpoint, preset }: Flags): string {
  if (checkpoint === undefined) {
    if (preset !== undefined) throw new UsageError("Cannot use --preset without --checkpoint FILE");
    if (name === undefined)
      throw new UsageError("Cannot report nothing: name a run or a sweep, or a file with --checkpoint");
    return checkRunName(name);
  }
  if (name !== undefined) throw new UsageError("Cannot report both a name and a file: leave one out");
  return basename(checkpoint, ".safetensors");
}

async function report(name: string, flags: Flags): Promise<number> {
  const sizes = sizesOf(flags);
  const seed = flags.seed === undefined ? null : wholeOf("--seed", flags.seed, 0, Number.MAX_SAFE_INTEGER);
  const folder = flags.out ?? `${name}-report`;
  const root = resolve(flags.runsDir);
  if (flags.checkpoint === undefined) checkRunsDir(root);
  checkFolderToWrite("--out", folder);
  const learner = flags.checkpoint === undefined ? null : readModel(flags.checkpoint, flags.preset);
  const { isSweep, writeSweepReport } = await import("@memnet/page/sweep-report");
  try {
    let files: string[];
    if (learner) {
      const { writeModelReport } = await import("@memnet/page/model-report");
      files = await writeModelReport({ name, learner, taskFile: null, folder, sizes, seed });
    } else if (await isSweep(root, name)) {
      if (seed !== null || Object.keys(sizes).length > 0) {
        throw new UsageError(`Cannot choose an episode: ${name} is a sweep, whose report plays none`);
      }
      files = await writeSweepReport({ root, sweep: name, folder });
    } else {
      if (!hasRun(root, name)) throw noSuchRun(root, name);
      const { writeReport } = await import("@memnet/page/report");
      const verify = memnetCommand(["verify", name, ...runsDirFlag(root)]);
      files = await writeReport({ root, run: name, folder, sizes, seed, verify });
    }
    if (flags.json) sayJson({ name, files });
    else say(files.join("\n"));
    return exitCodes.done;
  } catch (error) {
    // The task has no such size, or the size is too large.
    if (error instanceof RangeError) throw new UsageError(error.message, { cause: error });
    if (error instanceof Error && isSystemError(error) && error.path?.startsWith(folder)) {
      throw folderRefusal("--out", folder, error);
    }
    throw error;
  }
}
