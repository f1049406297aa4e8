/** memnet export: writes a run's figures for other tools. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { exitCodes, isSystemError, say, UsageError } from "@memnet/terminal";
import {
  checkFolderToWrite,
  checkRunName,
  checkRunsDir,
  folderRefusal,
  runsDirDefault,
} from "../configure/runs-dir.ts";
import type { Define } from "../define.ts";

interface Flags {
  readonly csv?: string;
  readonly runsDir: string;
}

export const define: Define = (command, finish) => {
  command
    .description(
      "Writes a run's figures as tables, for spreadsheets and other programs: steps.csv has the loss in nats and the " +
        "gradient's norm of each step, evaluations.csv the figures of each evaluation and split.",
    )
    .argument("<run>", "the run's name")
    .option("--csv <folder>", "where to write the tables")
    .option("--runs-dir <folder>", "where runs are kept", runsDirDefault)
    .addHelpText("after", "\nExample:\n  memnet export copy-7 --csv tables")
    .action(async (run: string, flags: Flags) => finish(await exportRun(checkRunName(run), flags)));
};

async function exportRun(run: string, { csv: folder, runsDir }: Flags): Promise<number> {
  if (folder === undefined) throw new UsageError("Cannot export a run: --csv must name a folder");
  const root = resolve(runsDir);
  checkRunsDir(root);
  checkFolderToWrite("--csv", folder);
  const { readRun } = await import("@memnet/runs");
  const { systemDisk } = await import("@memnet/service");
  const { tables } = await import("../text/tables.ts");
  const { lines } = await readRun(systemDisk, root, run);
  try {
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of Object.entries(tables(lines))) {
      writeFileSync(join(folder, name), text);
      say(join(folder, name));
    }
    return exitCodes.done;
  } catch (error) {
    if (error instanceof Error && isSystemError(error)) throw folderRefusal("--csv", folder, error);
    throw error;
  }
}
