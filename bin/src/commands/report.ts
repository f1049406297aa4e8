/** memnet report: writes a run as files to keep and to send. */

import { resolve } from "node:path";
import { exitCodes, isSystemError, say, UsageError } from "@memnet/terminal";
import { wholeOf } from "../configure/flags.ts";
import {
  checkFolderToWrite,
  checkRunName,
  checkRunsDir,
  folderRefusal,
  runsDirDefault,
} from "../configure/runs-dir.ts";
import { addSizes, type SizeFlags, sizesOf } from "../configure/sizes.ts";
import type { Define } from "../define.ts";

interface Flags extends SizeFlags {
  readonly out?: string;
  readonly runsDir: string;
  readonly seed?: string;
}

export const define: Define = (command, finish) => {
  addSizes(command, "the longest in training")
    .description(
      "Writes a run's page as one HTML file that needs no server, and its pictures as SVG files: the curves, and the " +
        "memory at work on a test episode of the best checkpoint.",
    )
    .argument("<run>", "the run's name")
    .option("--out <folder>", "where to (default: RUN-report)")
    .option("--seed <number>", "the episode's seed (default: the run's)")
    .option("--runs-dir <folder>", "where runs are kept", runsDirDefault)
    .addHelpText("after", "\nExample:\n  memnet report copy-7 --length 40 --out copy-7")
    .action(async (run: string, flags: Flags) => finish(await report(checkRunName(run), flags)));
};

async function report(run: string, flags: Flags): Promise<number> {
  const sizes = sizesOf(flags);
  const seed = flags.seed === undefined ? null : wholeOf("--seed", flags.seed, 0, Number.MAX_SAFE_INTEGER);
  const { writeReport } = await import("@memnet/page/report");
  const folder = flags.out ?? `${run}-report`;
  checkRunsDir(resolve(flags.runsDir));
  checkFolderToWrite("--out", folder);
  try {
    const files = await writeReport({ root: resolve(flags.runsDir), run, folder, sizes, seed });
    say(files.join("\n"));
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
