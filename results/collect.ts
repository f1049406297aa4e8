/** `npm run results -- collect`: the data of finished runs. */

import { listRuns, readRun } from "@memnet/runs";
import { systemDisk } from "@memnet/service";
import { exitCodes } from "../bin/src/exit.ts";
import { complain, say } from "../bin/src/output.ts";
import { whole } from "../bin/src/text/figures.ts";
import { type Claim, claim, withoutRivals } from "./claim.ts";
import { resultFiles, writeFiles } from "./files.ts";

export interface Wanted {
  readonly runsDir: string;
  /** All runs if none is named. */
  readonly names: readonly string[];
  readonly short: boolean;
  readonly folder: string;
}

export async function collect({ runsDir, names, short, folder }: Wanted): Promise<number> {
  const wanted = names.length > 0 ? names : (await listRuns(systemDisk, runsDir)).map(({ run }) => run);
  const claims: Claim[] = [];
  for (const run of new Set(wanted)) claims.push(claim(await readRun(systemDisk, runsDir, run), { short }));
  let refused = 0;
  let taken = 0;
  for (const one of withoutRivals(claims)) {
    if (one.kind === "result") {
      const { preset, seed, steps } = one.result.record;
      writeFiles(folder, resultFiles(one.result));
      say(`Took ${one.run}: ${preset}, seed ${seed}, ${whole(steps)} steps`);
      taken++;
    } else if (one.kind === "refused" || names.length > 0) {
      complain(`Cannot take run ${one.run}: ${one.why}`);
      refused++;
    } else {
      complain(`Passed over ${one.run}: ${one.why}`);
    }
  }
  if (taken + refused === 0)
    complain(`Cannot collect from ${runsDir}: it must hold a preset's run, and has none`);
  return refused > 0 || taken === 0 ? exitCodes.failure : exitCodes.done;
}
