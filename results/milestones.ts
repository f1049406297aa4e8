/** What a run's curves come to: when it had learnt, how good it became, and how far that carries. */

import { type BestLine, bestOf } from "@memnet/runs";
import { goalWrongBits, type Row, sizesBeyond } from "./rows.ts";

export interface Milestones {
  /** The first validation row below the goal; undefined where none is. */
  readonly learnt: Row | undefined;
  /** As the evaluator chooses best.safetensors. */
  readonly best: BestLine | undefined;
  /** The last row of each size beyond training. */
  readonly beyond: readonly Row[];
}

export function milestones(rows: readonly Row[]): Milestones {
  const validation = rows.filter(({ split }) => split === "validation");
  return {
    learnt: validation.find(({ wrongBits }) => wrongBits !== null && wrongBits < goalWrongBits),
    best: bestOf(validation.map((row) => ({ ...row, kind: "evaluation", loss: row.lossBits }))),
    beyond: sizesBeyond(rows).map((size) => rows.findLast(({ split }) => split === size)!),
  };
}
