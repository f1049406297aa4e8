/** Which steps are to be measured, and which one ends a run with `--until`. */

import { type Condition, satisfies } from "memnet";
import type { EvaluationLine } from "./lines.ts";

/** When a run is measured. */
export interface EvaluationPlan {
  /** Steps between evaluations. */
  readonly every: number;
  /** Of 16 sequences, on the validation stream. */
  readonly batches: number;
  /** Every so many evaluations, sizes beyond training too. */
  readonly beyondEvery: number;
  /** The run's last step. */
  readonly steps: number;
}

export const validation = "validation";

/** At every multiple and at the last step; never at step 0. */
export function isDue(step: number, { every, steps }: EvaluationPlan): boolean {
  return step > 0 && (step % every === 0 || step === steps);
}

/** Whether the evaluation at a step is also on sizes beyond training. */
export function isBeyondDue(step: number, { every, beyondEvery }: EvaluationPlan): boolean {
  return step % every === 0 && (step / every) % beyondEvery === 0;
}

/** The kept steps whose evaluation is due and not in, ascending. */
export function pendingSteps(
  checkpoints: readonly number[],
  evaluations: readonly EvaluationLine[],
  plan: EvaluationPlan,
): number[] {
  const measured = measuredSteps(evaluations);
  return checkpoints.filter((step) => isDue(step, plan) && !measured.has(step)).sort((a, b) => a - b);
}

/** A step is measured once its validation line is in: it is written after those of the other splits. */
export function measuredSteps(evaluations: readonly EvaluationLine[]): Set<number> {
  return new Set(evaluations.filter(({ split }) => split === validation).map(({ step }) => step));
}

/** The earliest measured step that satisfies the condition. */
export function satisfiedStep(
  until: Condition | null,
  evaluations: readonly EvaluationLine[],
): number | null {
  if (!until) return null;
  const steps = evaluations
    .filter(({ split }) => split === validation)
    .filter((line) => {
      const { loss, lossBits, wrongBits, exact } = line;
      if (loss === null || lossBits === null || wrongBits === null || exact === null) return false;
      return satisfies(until, { loss, lossBits, wrongBits, exact });
    })
    .map(({ step }) => step);
  return steps.length === 0 ? null : Math.min(...steps);
}
