/** Trains a sweep on this machine. */

import type { SweepRecord } from "@memnet/protocol";
import { readStandings } from "@memnet/runs";
import { systemDisk } from "@memnet/service";
import { say } from "@memnet/terminal";
import type { Watch } from "../launcher/at-once.ts";
import type { RunPlan } from "../launcher/one-run.ts";
import type { Site } from "../launcher/site.ts";
import { namedRuns, together } from "../seeds/sequence.ts";
import { sweepText } from "../text/sweep.ts";
import { storeSweep } from "./standings.ts";
import { watchSweep } from "./watch.ts";

/**
 * @param plans  the sweep's runs, each with its name
 * @param atOnce the number of runs that train at the same time
 * @returns      the first exit code that is not 0
 */
export async function trainOnMachine(
  sweep: SweepRecord,
  plans: readonly RunPlan[],
  atOnce: number,
  site: Site,
  interrupted: AbortSignal,
): Promise<number> {
  const runs = await namedRuns(plans, site, true);
  const watch: Watch = async (messenger) => {
    await storeSweep(messenger, sweep);
    return watchSweep(messenger, sweep, { saysOver: false });
  };
  const code = await together(runs, atOnce, site, interrupted, watch);
  say(`\n${sweepText(sweep, await readStandings(systemDisk, site.runsDir, sweep))}`);
  return code;
}
