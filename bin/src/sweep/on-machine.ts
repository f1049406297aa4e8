/** Trains a sweep on this machine. */

import type { SweepRecord } from "@memnet/protocol";
import { readStandings, readSweep } from "@memnet/runs";
import { systemDisk } from "@memnet/service/disk";
import { say } from "@memnet/terminal";
import type { Watch } from "../launcher/at-once.ts";
import type { RunPlan } from "../launcher/one-run.ts";
import type { Site } from "../launcher/site.ts";
import { namedRuns, together } from "../seeds/sequence.ts";
import { sweepText } from "../text/sweep.ts";
import { patiently } from "./patiently.ts";
import type { PruneRule } from "./prune.ts";
import { prunedRuns } from "./pruner.ts";
import { storeSweep } from "./standings.ts";
import { watchSweep } from "./watch.ts";

/**
 * @param rule   decides which points end early; null if none does
 * @param plans  the sweep's runs, each with its name
 * @param atOnce the number of runs that train at the same time
 * @returns      the first exit code that is not 0
 */
export async function trainOnMachine(
  given: SweepRecord,
  rule: PruneRule | null,
  plans: readonly RunPlan[],
  atOnce: number,
  site: Site,
  interrupted: AbortSignal,
): Promise<number> {
  const before = await readSweep(systemDisk, site.runsDir, given.name);
  const sweep = rule === null ? given : { ...given, pruned: before?.pruned ?? [] };
  const dropped = new Set(prunedRuns(sweep));
  const pruning = rule && { rule, sweep, drop: async (run: string) => void dropped.add(run) };
  const runs = (await namedRuns(plans, site, true)).filter(({ run }) => !dropped.has(run));
  const watch: Watch = async (messenger) => {
    // The page may be served before the evaluator has read the runs.
    await patiently(() => storeSweep(messenger, pruning?.sweep ?? sweep), interrupted);
    return watchSweep(messenger, sweep, { saysOver: false, pruning });
  };
  const code = await together(runs, atOnce, site, interrupted, watch, (run) => dropped.has(run));
  say(`\n${sweepText(pruning?.sweep ?? sweep, await readStandings(systemDisk, site.runsDir, sweep))}`);
  return code;
}
