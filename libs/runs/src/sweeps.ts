/** Sweeps: named sets of runs, one for each point and seed. Each is a file in the runs folder's .sweeps. */

import { join } from "node:path";
import {
  messages,
  type RunFigures,
  type RunSummary,
  runName,
  type SweepRecord,
  type SweepRunStanding,
  seedRunName,
  sweepsMax,
} from "@memnet/protocol";
import type { Disk } from "@memnet/service";
import { diskCode } from "./errors.ts";
import { figures } from "./figures.ts";
import { readIndexed } from "./indexed.ts";
import { readIfThere, textOf } from "./run-files.ts";
import { summary as summaryOf, unheld } from "./summary.ts";

export function sweepsFolder(root: string): string {
  return join(root, ".sweeps");
}

export function sweepPath(root: string, sweep: string): string {
  return join(sweepsFolder(root), `${sweep}.json`);
}

export function sweepText(sweep: SweepRecord): string {
  return `${JSON.stringify(sweep, null, 2)}\n`;
}

/** Returns the names of the sweeps, sorted. */
export async function sweepNames(disk: Disk, root: string): Promise<string[]> {
  let names: string[];
  try {
    names = (await disk.readdir(sweepsFolder(root))).map(({ name }) => name);
  } catch (error) {
    if (diskCode(error) === "ENOENT") return [];
    throw error;
  }
  return names
    .filter((name) => name.endsWith(".json"))
    .map((name) => name.slice(0, -".json".length))
    .filter((name) => runName.safeParse(name).success)
    .slice(-sweepsMax);
}

/** @returns undefined if there is no sweep of this name that can be read */
export async function readSweep(disk: Disk, root: string, sweep: string): Promise<SweepRecord | undefined> {
  const bytes = await readIfThere(disk, sweepPath(root, sweep));
  if (!bytes) return undefined;
  try {
    return messages.sweepRecord.parse(JSON.parse(textOf(bytes)));
  } catch {
    return undefined;
  }
}

/** One run of a sweep. */
export interface SweepRun {
  readonly run: string;
  /** The point's label. */
  readonly label: string;
  readonly seed: number;
}

/** Returns a sweep's runs: all points from the first seed, then from the next, so that figures for all come soon. */
export function sweepRuns({
  name,
  points,
  seeds,
}: Pick<SweepRecord, "name" | "points" | "seeds">): SweepRun[] {
  return seeds.flatMap((seed) =>
    points.map(({ label }) => ({
      run: seedRunName([name, label].filter(Boolean).join("-"), seed),
      label,
      seed,
    })),
  );
}

/** Returns how far a run of a sweep is; `read` is undefined if it does not exist. */
export function standing(
  run: string,
  read: { readonly summary: RunSummary; readonly figures: RunFigures } | undefined,
): SweepRunStanding {
  if (!read)
    return { run, state: null, step: 0, steps: null, sequencesPerStep: null, reached: null, best: null };
  const { summary, figures } = read;
  const { sequencesPerStep } = figures.training as { sequencesPerStep?: number };
  const { state, step, steps, best } = summary;
  return {
    run,
    state,
    step,
    steps,
    sequencesPerStep: sequencesPerStep ?? null,
    reached: figures.reached,
    best,
  };
}

/** Reads how far each run of a sweep is, without an evaluator. */
export async function readStandings(
  disk: Disk,
  root: string,
  sweep: SweepRecord,
): Promise<SweepRunStanding[]> {
  const found: SweepRunStanding[] = [];
  for (const { run } of sweepRuns(sweep)) {
    const read = await readIndexed(disk, root, run);
    const both = read && { summary: unheld(summaryOf(run, read)), figures: figures(run, read, sweep.goal) };
    found.push(standing(run, both));
  }
  return found;
}
