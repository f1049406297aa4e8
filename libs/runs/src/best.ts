/**
 * Picks the best measured step: fewest wrong bits on the validation stream, then lowest loss, then the earlier step. If
 * the task has a floor, no model gets all bits right, and the lowest loss alone decides.
 */

import { isBetter } from "memnet";
import { validation } from "./due.ts";
import type { EvaluationLine } from "./lines.ts";

/** A validation line whose figures are all finite. */
export interface BestLine {
  readonly step: number;
  readonly loss: number;
  readonly lossBits: number;
  readonly wrongBits: number;
  readonly exact: number;
  /** Nats per sequence; null if the task has no floor. */
  readonly floor: number | null;
}

/**
 * Returns the best line.
 *
 * @param among selects the steps to consider; all by default
 */
export function bestOf(
  evaluations: readonly EvaluationLine[],
  among: (step: number) => boolean = () => true,
): BestLine | undefined {
  let best: FiniteLine | undefined;
  for (const line of evaluations) {
    if (line.split !== validation || !among(line.step) || !isFiniteLine(line)) continue;
    if (!best || isBetter(line, best) || (line.step < best.step && !isBetter(best, line))) best = line;
  }
  return (
    best && {
      step: best.step,
      loss: best.loss,
      lossBits: best.lossBits,
      wrongBits: best.wrongBits,
      exact: best.exact,
      floor: best.floor ?? null,
    }
  );
}

type FiniteLine = EvaluationLine & Omit<BestLine, "floor">;

function isFiniteLine(line: EvaluationLine): line is FiniteLine {
  const { loss, lossBits, wrongBits, exact } = line;
  return isNumber(loss) && isNumber(lossBits) && isNumber(wrongBits) && isNumber(exact);
}

function isNumber(figure: unknown): boolean {
  return typeof figure === "number";
}
