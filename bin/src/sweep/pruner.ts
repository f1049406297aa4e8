/** Ends the points of a sweep early that --prune decides on: asks for their curves, stops their runs, and records it. */

import { messages, type SweepRecord, type SweepRunStanding, subjects } from "@memnet/protocol";
import { sweepRuns } from "@memnet/runs";
import type { Messenger } from "@memnet/service";
import { complain, say } from "@memnet/terminal";
import { isOver } from "../text/sweep.ts";
import { type Curve, type Pruned, type PruneRule, pruneDecisions } from "./prune.ts";
import { storeSweep } from "./standings.ts";
import { stopRun } from "./stop-run.ts";

const answerMsMax = 10_000;

/** A sweep and what --prune does to it; the same one when the evaluator's process has been started again. */
export interface Pruning {
  readonly rule: PruneRule;
  sweep: SweepRecord;
  /** Removes a run that has not begun from those to train. */
  readonly drop: (run: string) => Promise<void>;
}

/** Whether a run belongs to a point that was ended early. */
export function prunedRuns(sweep: SweepRecord): ReadonlySet<string> {
  const labels = new Set(sweep.pruned.map(({ label }) => label));
  return new Set(sweepRuns(sweep).flatMap(({ run, label }) => (labels.has(label) ? [run] : [])));
}

/** Returns a function that looks at the curves; it must not be called again before it resolves. */
export function pruner(
  messenger: Messenger,
  pruning: Pruning,
): (standings: readonly SweepRunStanding[]) => Promise<void> {
  const members = sweepRuns(pruning.sweep);
  const labels = new Map(members.map(({ run, label }) => [run, label]));
  /** Curves of runs that are over do not change. */
  const over = new Map<string, Curve["points"]>();
  return async (standings) => {
    const { sweep, rule } = pruning;
    const curves: Curve[] = [];
    for (const standing of standings) {
      if (standing.state === null) continue;
      const points = over.get(standing.run) ?? (await curveOf(messenger, standing.run, sweep));
      if (isOver(standing)) over.set(standing.run, points);
      curves.push({ label: labels.get(standing.run)!, points, isOver: isOver(standing) });
    }
    const already = new Set(sweep.pruned.map(({ label }) => label));
    const steps = Math.max(...standings.map((one) => one.steps ?? 0));
    const options = { goal: sweep.goal, steps, seeds: sweep.seeds.length };
    for (const pruned of pruneDecisions(rule, curves, already, options)) await end(pruned, standings);
  };

  async function end(pruned: Pruned, standings: readonly SweepRunStanding[]): Promise<void> {
    // Recorded first: a sweep that is resumed must not train the point again.
    const sweep = { ...pruning.sweep, pruned: [...pruning.sweep.pruned, pruned] };
    await storeSweep(messenger, sweep);
    pruning.sweep = sweep;
    say(`Ended ${sweep.name}-${pruned.label} early: ${pruned.reason}`);
    for (const { run, label } of members) {
      if (label !== pruned.label) continue;
      await pruning.drop(run);
      const state = standings.find((one) => one.run === run)?.state;
      if (state === "training" || state === "waiting")
        void stopRun(messenger, run).catch((error: Error) =>
          complain(`Cannot stop run ${run}: ${error.message}`),
        );
    }
  }
}

async function curveOf(messenger: Messenger, run: string, { goal }: SweepRecord): Promise<Curve["points"]> {
  const question = { run, figure: goal.figure };
  return (
    await messenger.ask(messages.askCurve, messages.curve, subjects.evaluator.curve, question, answerMsMax)
  ).fields.points;
}
