/** `train --seeds`: trains a run for each seed, in turn or several at once, and skips runs that have ended. */

import { availableParallelism } from "node:os";
import { goalDefault } from "@memnet/runs";
import { exitCodes, say, UsageError } from "@memnet/terminal";
import { type Condition, parseCondition } from "memnet";
import { isWritten } from "../configure/configure.ts";
import { type Written, wholeOf } from "../configure/flags.ts";
import { trainAtOnce, type Watch } from "../launcher/at-once.ts";
import { freshName, isOver, type NamedRun, type RunPlan, trainOne } from "../launcher/one-run.ts";
import type { Site } from "../launcher/site.ts";
import { typedCommand } from "../shell.ts";
import { groupsText } from "../text/groups.ts";
import { seriesText } from "../text/progress.ts";
import { groupsOf } from "./groups.ts";

/** @throws UsageError if the command line also sets a seed */
export function withSeed(written: Written, seed: number): Written {
  if (isWritten(written, "seed")) {
    throw new UsageError("Cannot use --seeds with --seed or --set seed=: each of its runs has its own seed");
  }
  return { ...written, overlays: [...written.overlays, { kind: "settings", settings: { seed } }] };
}

export const parallelText =
  "runs at the same time, each in a process of its own, 1 to 64; auto: one for each core";

/** @throws UsageError stating the rule and the text */
export function parallelOf(text: string): number {
  return text === "auto" ? Math.min(64, availableParallelism()) : wholeOf("--parallel", text, 1, 64);
}

/**
 * Trains the runs.
 *
 * @param atOnce the number of runs that train at the same time; 1 to train one after another
 * @returns      the first exit code that is not 0; in turn, no further run is started after it
 */
export async function trainSeeds(
  runs: readonly NamedRun[],
  atOnce: number,
  site: Site,
  interrupted: AbortSignal,
): Promise<number> {
  const code =
    atOnce > 1 ? await together(runs, atOnce, site, interrupted) : await inTurn(runs, site, interrupted);
  const goal = runs[0]!.configured.config.training.until ?? parseCondition(goalDefault);
  await sayFigures(site.runsDir, runs, goal);
  return code;
}

/** Names the runs of one command, and gives each its place among them. */
export async function namedRuns(plans: readonly RunPlan[], site: Site, joins: boolean): Promise<NamedRun[]> {
  const runs: NamedRun[] = [];
  for (const [index, { run: given, ...plan }] of plans.entries()) {
    const { seed } = plan.configured.config.training;
    const taken = runs.map(({ run }) => run);
    const run = given ?? (await freshName(site, taken));
    const again = given
      ? typedCommand([])
      : typedCommand(["--run", run, "--seed", String(seed)], ["--seeds", "--parallel"]);
    runs.push({ ...plan, run, joins, series: { seed, at: index + 1, of: plans.length }, again });
  }
  return runs;
}

/** Trains those runs that are not over, several at the same time. */
export async function together(
  runs: readonly NamedRun[],
  atOnce: number,
  site: Site,
  interrupted: AbortSignal,
  watch?: Watch,
  isDropped?: (run: string) => boolean,
): Promise<number> {
  const left: NamedRun[] = [];
  for (const run of runs) if (!(await isPassedOver(run, site))) left.push(run);
  return left.length === 0 ? exitCodes.done : trainAtOnce(left, atOnce, site, interrupted, watch, isDropped);
}

async function inTurn(runs: readonly NamedRun[], site: Site, interrupted: AbortSignal): Promise<number> {
  let isFirst = true;
  for (const run of runs) {
    if (interrupted.aborted) return exitCodes.interrupted;
    if (await isPassedOver(run, site)) continue;
    if (!isFirst) say("");
    isFirst = false;
    const code = await trainOne(run, site, interrupted);
    if (code !== exitCodes.done) return code;
  }
  return exitCodes.done;
}

async function isPassedOver({ run, series, configured }: NamedRun, { runsDir }: Site): Promise<boolean> {
  if (!(await isOver(runsDir, run, configured))) return false;
  say(`Run ${run}, ${seriesText(series!)}, has ended: skipped`);
  return true;
}

async function sayFigures(runsDir: string, runs: readonly NamedRun[], goal: Condition): Promise<void> {
  const { readFigures } = await import("@memnet/runs");
  const { systemDisk } = await import("@memnet/service/disk");
  const read = await Promise.all(runs.map(({ run }) => readFigures(systemDisk, runsDir, run, goal)));
  const found = read.filter((figures) => figures !== undefined);
  if (found.length === 0) return;
  say(`\n${groupsText(groupsOf(found), goal)}`);
}
