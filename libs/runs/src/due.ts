/** Decides which steps are measured, and which step ends a run with `--until`. */

import { type Condition, satisfies } from "memnet";
import type { EvaluationLine } from "./lines.ts";

/** When and how a run is measured. */
export interface EvaluationPlan {
  /** Steps between evaluations. */
  readonly every: number;
  /** Batches of 16 sequences per evaluation, from the validation stream. */
  readonly batches: number;
  /** Every `beyondEvery` evaluations, sizes beyond training are measured too. */
  readonly beyondEvery: number;
  /** The run's last step. */
  readonly steps: number;
}

export const validation = "validation";

/** Whether a step is measured: every multiple of `every` and the last step, but never step 0. */
export function isDue(step: number, { every, steps }: EvaluationPlan): boolean {
  return step > 0 && (step % every === 0 || step === steps);
}

/** Whether the evaluation at a step also covers sizes beyond training. */
export function isBeyondDue(step: number, { every, beyondEvery }: EvaluationPlan): boolean {
  return step % every === 0 && (step / every) % beyondEvery === 0;
}

/** Returns the kept steps whose evaluation is due and not yet written, ascending. */
export function pendingSteps(
  checkpoints: readonly number[],
  evaluations: readonly EvaluationLine[],
  plan: EvaluationPlan,
): number[] {
  const measured = measuredSteps(evaluations);
  return checkpoints.filter((step) => isDue(step, plan) && !measured.has(step)).sort((a, b) => a - b);
}

/**
 * Returns the measured steps. A step counts as measured once its validation line is written, which comes after the
 * lines of the other splits.
 */
export function measuredSteps(evaluations: readonly EvaluationLine[]): Set<number> {
  return new Set(evaluations.filter(({ split }) => split === validation).map(({ step }) => step));
}

/** Returns the earliest measured step that satisfies the condition. */
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
