/** Sweeps: named sets of runs, one for each point and seed. Each is a file in the runs folder's .sweeps. */

import { join } from "node:path";
import { messages, runName, type SweepRecord, seedRunName, sweepsMax } from "@memnet/protocol";
import type { Disk } from "@memnet/service";
import { diskCode } from "./errors.ts";
import { readIfThere, textOf } from "./run-files.ts";

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
