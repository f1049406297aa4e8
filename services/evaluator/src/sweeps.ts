/** Stores sweeps and tells of them. */

import {
  curvePointsMax,
  messages,
  RefusedError,
  type SweepRecord,
  type SweepRunStanding,
  standingsMax,
  subjects,
} from "@memnet/protocol";
import { readSweep, sweepNames, sweepPath, sweepRuns, sweepsFolder, sweepText } from "@memnet/runs";
import type { Subscription } from "@memnet/service";
import { type Context, guarded } from "./context.ts";
import { bytesOf } from "./runs-folder.ts";
import { Serial } from "./serial.ts";

/** Maximum number of sweeps waiting to be written. */
const writesMax = 16;

export function serveSweeps(context: Context): Subscription[] {
  const { messenger } = context.actor;
  const { disk, root } = context.folder;
  const { evaluator } = subjects;
  const writes = new Serial("storing sweeps", writesMax);
  return [
    messenger.serve(messages.storeSweep, messages.done, evaluator.storeSweep, ({ sweep }) =>
      guarded(context, `store sweep ${sweep.name}`, () => writes.do(() => store(context, sweep))),
    ),
    messenger.serve(messages.listSweeps, messages.sweepList, evaluator.sweeps, () =>
      guarded(context, "list the sweeps", async () => ({
        ok: true as const,
        names: await sweepNames(disk, root),
      })),
    ),
    messenger.serve(messages.askSweep, messages.sweepAnswer, evaluator.sweep, ({ name }) =>
      guarded(context, `read sweep ${name}`, async () => {
        return { ok: true as const, sweep: await found(context, name) };
      }),
    ),
    messenger.serve(messages.askStandings, messages.standings, evaluator.standings, ({ sweep: name, from }) =>
      guarded(context, `tell the standings of sweep ${name}`, async () => {
        const sweep = await found(context, name);
        const all = sweepRuns(sweep);
        const asked = all.slice(from, from + standingsMax);
        const runs: SweepRunStanding[] = [];
        for (const { run } of asked) runs.push(await context.runs.standing(run, sweep.goal));
        return { ok: true as const, runs, of: all.length };
      }),
    ),
    messenger.serve(messages.askCurve, messages.curve, evaluator.curve, ({ run, figure }) =>
      guarded(context, `tell the curve of run ${run}`, async () => {
        const points = await context.runs.curve(run, figure);
        return { ok: true as const, points: points.slice(-curvePointsMax) };
      }),
    ),
  ];
}

async function found({ folder }: Context, name: string): Promise<SweepRecord> {
  const sweep = await readSweep(folder.disk, folder.root, name);
  if (!sweep) throw new RefusedError("SWEEP", `There is no sweep ${name} here that can be read`);
  return sweep;
}

async function store({ folder, actor }: Context, sweep: SweepRecord) {
  const { disk, root } = folder;
  const under = sweepsFolder(root);
  if (!(await disk.stat(under))) {
    await folder.check();
    await disk.mkdir(under);
    await disk.syncFolder(root);
  }
  await folder.replace(sweepPath(root, sweep.name), bytesOf(sweepText(sweep)));
  actor.log.info("Stored a sweep", { sweep: sweep.name });
  return { ok: true as const };
}
