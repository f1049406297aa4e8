/** memnet export: writes a run's figures for other tools. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { exitCodes, isSystemError, say, UsageError } from "@memnet/terminal";
import {
  checkFolderToWrite,
  checkRunName,
  checkRunsDir,
  existingRun,
  folderRefusal,
  noSuchRun,
  runsDirDefault,
} from "../configure/runs-dir.ts";
import type { Define } from "../define.ts";

interface Flags {
  readonly csv?: string;
  readonly tensorboard?: string;
  readonly runsDir: string;
}

export const define: Define = (command, finish) => {
  command
    .description(
      "Writes a run's figures for other programs. As CSV, steps.csv has the loss in nats and the gradient's norm of each " +
        "step, evaluations.csv the figures of each evaluation and split. For TensorBoard, all figures in bits per " +
        "sequence, the settings as hyperparameters, and pictures of the memory at each checkpoint; what the folder has " +
        "is not written again.",
    )
    .argument("<run>", "the run's name")
    .option("--csv <folder>", "write the tables here")
    .option("--tensorboard <folder>", "write event files to a folder of the run's name here")
    .option("--runs-dir <folder>", "where runs are kept", runsDirDefault)
    .addHelpText(
      "after",
      "\nExamples:\n  memnet export copy-7 --csv tables\n  memnet export copy-7 --tensorboard logs && tensorboard --logdir logs",
    )
    .action(async (run: string, flags: Flags) => finish(await exportRun(checkRunName(run), flags)));
};

/** Writes one format. @returns the paths of what it wrote */
type Write = (root: string, run: string, folder: string) => Promise<string[]>;

const formats: Readonly<Record<"csv" | "tensorboard", Write>> = {
  csv: writeTables,
  tensorboard: writeEvents,
};

async function exportRun(run: string, { runsDir, ...folders }: Flags): Promise<number> {
  const wanted = Object.entries(formats).flatMap(([name, write]) => {
    const folder = folders[name as keyof typeof formats];
    return folder === undefined ? [] : [{ flag: `--${name}`, folder, write }];
  });
  if (wanted.length === 0) {
    throw new UsageError("Cannot export a run: --csv or --tensorboard must name a folder");
  }
  const root = resolve(runsDir);
  checkRunsDir(root);
  if (!existingRun(root, run)) throw noSuchRun(root, run);
  for (const { flag, folder } of wanted) checkFolderToWrite(flag, folder);
  for (const { flag, folder, write } of wanted) {
    try {
      for (const path of await write(root, run, folder)) say(path);
    } catch (error) {
      if (error instanceof Error && isSystemError(error)) throw folderRefusal(flag, folder, error);
      throw error;
    }
  }
  return exitCodes.done;
}

async function writeTables(root: string, run: string, folder: string): Promise<string[]> {
  const { readRun } = await import("@memnet/runs");
  const { systemDisk } = await import("@memnet/service/disk");
  const { tables } = await import("../text/tables.ts");
  const { lines } = await readRun(systemDisk, root, run);
  mkdirSync(folder, { recursive: true });
  return Object.entries(tables(lines)).map(([name, text]) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  });
}

async function writeEvents(root: string, run: string, folder: string): Promise<string[]> {
  const { RunEvents } = await import("../tensorboard/run-events.ts");
  await using events = new RunEvents({ root, run, folder });
  await events.addFigures();
  await events.addPictures("all");
  return [events.path];
}
