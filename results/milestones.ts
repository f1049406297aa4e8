/** The milestones of a run's curves: when it had learnt the task, its best step, and how it does beyond training. */

import { type BestLine, bestOf } from "@memnet/runs";
import { goalWrongBits, type Row, sizesBeyond } from "./rows.ts";

export interface Milestones {
  /** The first validation row below the goal; undefined if there is none. */
  readonly learnt: Row | undefined;
  /** The best row, chosen as the evaluator chooses best.safetensors. */
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
