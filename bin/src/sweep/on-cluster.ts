/** Trains a sweep on a cluster: fills the queue that workers take from, and waits until all runs are over. */

import { isUnderWay, type SweepRecord, type SweepRunStanding } from "@memnet/protocol";
import { openQueue, type RunQueue } from "@memnet/service";
import { complain, connectionFrom, connectOperator, exitCodes, say, waited } from "@memnet/terminal";
import { encodeJob, kindOf } from "@memnet/worker";
import type { RunPlan } from "../launcher/one-run.ts";
import { memnetCommand, typedCommand } from "../shell.ts";
import { isOver, sweepText } from "../text/sweep.ts";
import { patiently } from "./patiently.ts";
import type { PruneRule } from "./prune.ts";
import { prunedRuns } from "./pruner.ts";
import { askStandings, storeSweep, sweepIfThere } from "./standings.ts";
import { watchSweep } from "./watch.ts";

const lookEveryMs = 2000;
/** How long a run may take to stop after a snapshot. */
const stopMsMax = 60_000;

/**
 * @param rule  decides which points end early; null if none does
 * @param plans the sweep's runs, each with its name
 * @returns     the exit code; 3 if a run has failed or was given up
 */
export async function trainOnCluster(
  given: SweepRecord,
  rule: PruneRule | null,
  plans: readonly RunPlan[],
  interrupted: AbortSignal,
): Promise<number> {
  await using operator = await connectOperator(await connectionFrom(process.env));
  const { messenger } = operator;
  const queue = await openQueue(messenger.bus);
  const before =
    rule === null ? null : await patiently(() => sweepIfThere(messenger, given.name), interrupted);
  const sweep = { ...given, pruned: before?.pruned ?? [] };
  const pruning = rule && { rule, sweep, drop: (run: string) => queue.remove(sweep.name, run) };
  const wanted = () => {
    const pruned = prunedRuns(pruning?.sweep ?? sweep);
    return plans.filter(({ run }) => !pruned.has(run!));
  };
  const standingsNow = () => patiently(() => askStandings(messenger, sweep.name), interrupted);
  await patiently(() => storeSweep(messenger, sweep), interrupted);
  const left = unfinished(wanted(), await standingsNow());
  for (const { run, configured } of left) {
    const { config, initial } = configured;
    const payload = encodeJob({ run: run!, config, initial });
    await queue.put({ kind: kindOf(config), sweep: sweep.name, run: run!, payload });
  }
  say(`${left.length} of ${plans.length} runs are queued for the cluster's workers`);
  const watch = watchSweep(messenger, sweep, { saysOver: true, pruning });
  try {
    await untilQueueIsEmpty(queue, sweep.name, interrupted);
  } finally {
    watch.stop();
  }
  const standings = await settled(standingsNow, interrupted);
  say(`\n${sweepText(pruning?.sweep ?? sweep, standings)}`);
  if (interrupted.aborted) {
    say(`The workers keep training. To watch again: ${typedCommand([])}`);
    say(`To take its runs out of the queue: ${memnetCommand(["sweeps", "stop", sweep.name])}`);
    return exitCodes.interrupted;
  }
  return conclusion(unfinished(wanted(), standings), standings);
}

/**
 * The standings once no run is under way any more: a run that was taken out of the queue takes its last snapshot first.
 * One whose worker has died looks under way, so this waits no longer than a stop takes.
 */
async function settled(
  standingsNow: () => Promise<SweepRunStanding[]>,
  interrupted: AbortSignal,
): Promise<SweepRunStanding[]> {
  const until = performance.now() + stopMsMax;
  for (;;) {
    const standings = await standingsNow();
    const isOne = standings.some(({ state }) => state !== null && isUnderWay(state));
    if (!isOne || interrupted.aborted || performance.now() > until) return standings;
    await waited(lookEveryMs, interrupted);
  }
}

/** The plans whose runs have further steps to train. */
function unfinished(plans: readonly RunPlan[], standings: readonly SweepRunStanding[]): RunPlan[] {
  const byRun = new Map(standings.map((one) => [one.run, one]));
  return plans.filter(({ run, configured }) => {
    const one = byRun.get(run!);
    return !(one?.state === "ended" && (one.steps ?? 0) >= configured.config.operation.steps);
  });
}

/** Runs that are in the queue no more, and not over, were given up by the workers. */
function conclusion(left: readonly RunPlan[], standings: readonly SweepRunStanding[]): number {
  if (left.length === 0) return exitCodes.done;
  const state = new Map(
    standings.map((one) => [one.run, isOver(one) ? "failed" : (one.state ?? "never begun")]),
  );
  for (const { run } of left)
    complain(`Run ${run} was given up: ${state.get(run!)}; the workers' logs say why`);
  return exitCodes.runFailed;
}

async function untilQueueIsEmpty(queue: RunQueue, sweep: string, interrupted: AbortSignal): Promise<void> {
  while (!interrupted.aborted) {
    if ((await patiently(() => queue.runs(sweep), interrupted)).size === 0) return;
    await waited(lookEveryMs, interrupted);
  }
}
