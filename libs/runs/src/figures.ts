/**
 * Collects a run's figures for comparing runs: the step that reached a goal, the best step, and the last evaluations
 * beyond training.
 */

import type { RunFigures } from "@memnet/protocol";
import type { Disk } from "@memnet/service";
import type { Condition } from "memnet";
import { bestOf } from "./best.ts";
import { satisfiedStep, validation } from "./due.ts";
import { type Indexed, readIndexed } from "./indexed.ts";
import type { EvaluationLine } from "./lines.ts";

/** The condition that runs are compared by, unless another one is given. */
export const goalDefault = "wrongBits<0.1";

/** The most splits that a message holds; memnet's own tasks have four. */
const splitsMax = 64;

export function figures(
  run: string,
  {
    config,
    index,
  }: Pick<Indexed, "config"> & { readonly index: { readonly evaluations: readonly EvaluationLine[] } },
  goal: Condition,
): RunFigures {
  const { evaluations } = index;
  return {
    run,
    training: config.training,
    reached: satisfiedStep(goal, evaluations),
    best: bestOf(evaluations) ?? null,
    beyond: lastBeyond(evaluations),
  };
}

/** Reads a run's figures without writing anything; undefined if the folder holds no readable run. */
export async function readFigures(
  disk: Disk,
  root: string,
  run: string,
  goal: Condition,
): Promise<RunFigures | undefined> {
  const read = await readIndexed(disk, root, run);
  return read && figures(run, read, goal);
}

/** Returns the newest line of each split except validation, in the order in which the splits were first measured. */
function lastBeyond(evaluations: readonly EvaluationLine[]): RunFigures["beyond"] {
  const last = new Map<string, EvaluationLine>();
  for (const line of evaluations) {
    if (line.split === validation || line.step < (last.get(line.split)?.step ?? 0)) continue;
    last.set(line.split, line);
  }
  return [...last.values()]
    .slice(0, splitsMax)
    .map(({ split, step, wrongBits, exact }) => ({ split, step, wrongBits, exact }));
}
