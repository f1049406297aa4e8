/** memnet report: writes a run or a sweep as files to keep and to send. */

import { resolve } from "node:path";
import { exitCodes, isSystemError, say, sayJson, UsageError } from "@memnet/terminal";
import { wholeOf } from "../configure/flags.ts";
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
    .argument("<name>", "the run's or the sweep's name")
    .option("--out <folder>", "where to (default: NAME-report)")
    .option("--seed <number>", "the episode's seed (default: the run's)")
    .option("--json", "print the name and the files' paths as JSON")
    .option("--runs-dir <folder>", "where runs are kept", runsDirDefault)
    .addHelpText(
      "after",
      "\nExamples:\n  memnet report copy-7 --length 40 --out copy-7\n  memnet report rates",
    )
    .action(async (name: string, flags: Flags) => finish(await report(checkRunName(name), flags)));
};

async function report(name: string, flags: Flags): Promise<number> {
  const sizes = sizesOf(flags);
  const seed = flags.seed === undefined ? null : wholeOf("--seed", flags.seed, 0, Number.MAX_SAFE_INTEGER);
  const folder = flags.out ?? `${name}-report`;
  const root = resolve(flags.runsDir);
  checkRunsDir(root);
  checkFolderToWrite("--out", folder);
  const { isSweep, writeSweepReport } = await import("@memnet/page/sweep-report");
  try {
    let files: string[];
    if (await isSweep(root, name)) {
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
