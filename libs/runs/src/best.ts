/**
 * Picks the best measured step: fewest wrong bits on the validation stream, then lowest loss, then the earlier step.
 */

import { validation } from "./due.ts";
import type { EvaluationLine } from "./lines.ts";

/** A validation line whose figures are all finite. */
export interface BestLine {
  readonly step: number;
  readonly loss: number;
  readonly lossBits: number;
  readonly wrongBits: number;
  readonly exact: number;
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
  let best: BestLine | undefined;
  for (const line of evaluations) {
    if (line.split !== validation || !among(line.step) || !isFiniteLine(line)) continue;
    if (!best || isBetter(line, best)) best = line;
  }
  return (
    best && {
      step: best.step,
      loss: best.loss,
      lossBits: best.lossBits,
      wrongBits: best.wrongBits,
      exact: best.exact,
    }
  );
}

function isFiniteLine(line: EvaluationLine): line is EvaluationLine & BestLine {
  return [line.loss, line.lossBits, line.wrongBits, line.exact].every((figure) => typeof figure === "number");
}

function isBetter(a: BestLine, b: BestLine): boolean {
  if (a.wrongBits !== b.wrongBits) return a.wrongBits < b.wrongBits;
  if (a.loss !== b.loss) return a.loss < b.loss;
  return a.step < b.step;
}
