/** Reads the runs folder without an evaluator and without NATS. */

import { join } from "node:path";
import { RefusedError, type RunFigures, type RunSummary, runName } from "@memnet/protocol";
import type { Disk } from "@memnet/service";
import type { Condition } from "memnet";
import { diskCode, noSuchRun } from "./errors.ts";
import { readFigures } from "./figures.ts";
import { eachLine } from "./lines.ts";
import { checkpointPath, removedName, runPaths } from "./paths.ts";
import { type Irregular, Records } from "./records.ts";
import { readConfig, readIfThere, readState, readSteps, type StoredState } from "./run-files.ts";
import type { StoredConfig } from "./stored-config.ts";
import { readSummary, unheld } from "./summary.ts";

export interface RunOnDisk {
  readonly run: string;
  readonly config: StoredConfig;
  /** As in the state file, even if a coordinator holds the run. */
  readonly state: StoredState;
  /** Ascending by step. */
  readonly checkpoints: readonly { readonly step: number; readonly path: string }[];
  /** The path of the best checkpoint; null if none is measured. */
  readonly best: string | null;
  readonly metricsPath: string;
  readonly logPath: string;
  /** The lines of metrics.jsonl: steps, evaluations, checkpoints and events. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
  /** Records that are repeated or missing. */
  readonly irregular: Irregular;
}

/**
 * Lists every run, sorted by name. The caller knows of no holder, so a waiting or training run is listed as stopped.
 */
export async function listRuns(disk: Disk, root: string): Promise<RunSummary[]> {
  const runs: RunSummary[] = [];
  for (const name of await runNames(disk, root)) {
    const read = await readSummary(disk, root, name);
    if (read) runs.push(unheld(read));
  }
  return runs;
}

/** Lists the figures of every run, sorted by name. */
export async function listFigures(disk: Disk, root: string, goal: Condition): Promise<RunFigures[]> {
  const runs: RunFigures[] = [];
  for (const name of await runNames(disk, root)) {
    const read = await readFigures(disk, root, name, goal);
    if (read) runs.push(read);
  }
  return runs;
}

/**
 * Reads a run.
 *
 * @throws DamagedRunError if there is no such run, or it cannot be read
 */
export async function readRun(disk: Disk, root: string, run: string): Promise<RunOnDisk> {
  await checkThere(disk, root, run);
  const paths = runPaths(root, run);
  const config = await readConfig(disk, run, paths);
  const [state, steps] = [await readState(disk, paths), await readSteps(disk, paths)];
  const lines: Readonly<Record<string, unknown>>[] = [];
  const records = new Records();
  let last = steps.at(-1) ?? 0;
  await eachLine((await readIfThere(disk, paths.metrics)) ?? new Uint8Array(0), (line) => {
    lines.push(line.value);
    records.note(line);
    last = Math.max(last, line.step ?? 0);
  });
  return {
    run,
    config,
    state,
    checkpoints: steps.map((step) => ({ step, path: checkpointPath(paths, step) })),
    best: (await disk.stat(paths.best)) ? paths.best : null,
    metricsPath: paths.metrics,
    logPath: paths.log,
    lines,
    irregular: records.irregular(last),
  };
}

/**
 * Removes a run. Use it only if no evaluator is running; otherwise send the evaluator a message instead.
 *
 * @param inUse checked just before the removal: returns why the run must be kept, or null if it is not in use
 * @throws RefusedError with the code HELD and that reason, DamagedRunError if there is no such run
 */
export async function removeRun(
  disk: Disk,
  root: string,
  run: string,
  inUse: () => Promise<string | null> = async () => null,
): Promise<void> {
  await checkThere(disk, root, run);
  const why = await inUse();
  if (why !== null) throw new RefusedError("HELD", `Cannot remove run ${run}: ${why}`);
  const aside = join(root, removedName(run, Date.now()));
  await disk.rename(join(root, run), aside);
  await disk.syncFolder(root);
  await disk.rm(aside);
}

async function checkThere(disk: Disk, root: string, run: string): Promise<void> {
  const names = await runNames(disk, root);
  if (!names.includes(run)) throw noSuchRun(run, root);
}

/** Returns the folders whose names are valid run names, without symbolic links. */
export async function runNames(disk: Disk, root: string): Promise<string[]> {
  try {
    const entries = await disk.readdir(root);
    return entries
      .filter(({ isFolder, name }) => isFolder && runName.safeParse(name).success)
      .map(({ name }) => name);
  } catch (error) {
    if (diskCode(error) === "ENOENT") return [];
    throw error;
  }
}

/** Whether a coordinator holds the run now, which its state file alone does not tell; null if none can be asked. */
export type Held = (run: string) => Promise<boolean | null>;
