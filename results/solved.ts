/** When a run has solved its task, and the spread of that over a preset's seeds. */

import { type Spread, spread } from "@memnet/runs";
import { goalWrongBits, type Result, sizesBeyond } from "./result.ts";

/** A task is solved at the first of this many evaluations in a row below the goal, so that luck does not count. */
export const evaluationsInRow = 5;

/** @returns the index of the evaluation that solved the task; −1 if none did */
export function solvedAt(wrongBits: readonly (number | null)[]): number {
  const isBelow = wrongBits.map((wrong) => wrong !== null && wrong < goalWrongBits);
  return isBelow.findIndex((_, index) => {
    const row = isBelow.slice(index, index + evaluationsInRow);
    return row.length === evaluationsInRow && row.every(Boolean);
  });
}

/** @returns the sequences trained on until the task was solved; null if it was not */
export function solvedAfter({ rows }: Result): number | null {
  const validation = rows.filter(({ split }) => split === "validation");
  return validation[solvedAt(validation.map(({ wrongBits }) => wrongBits))]?.sequences ?? null;
}

/** Whether the run ends below the goal. */
export function keepsIt(result: Result): boolean {
  const left = wrongBitsLeft(result);
  return left !== null && left < goalWrongBits;
}

/** The wrong bits of a validation sequence at the run's end. */
function wrongBitsLeft({ rows }: Result): number | null {
  return rows.findLast(({ split }) => split === "validation")?.wrongBits ?? null;
}

export interface Learning {
  readonly runs: number;
  readonly solved: number;
  /** Of the runs that solved it, those that end below the goal. */
  readonly kept: number;
  readonly sequences: Spread | null;
  /** Wrong bits of a validation sequence at the end. */
  readonly left: Spread | null;
  readonly wallSeconds: Spread | null;
  /** The share of exact sequences at the end, by size beyond training. */
  readonly beyond: readonly { readonly size: string; readonly exact: Spread; readonly nearlyAll: number }[];
}

/** Of a size, a run copies nearly all sequences from this share on. */
export const nearlyAllShare = 0.99;

export function learningOf(results: readonly Result[]): Learning {
  const after = results.map(solvedAfter);
  const solvedOnes = results.filter((_, index) => after[index] !== null);
  return {
    runs: results.length,
    solved: solvedOnes.length,
    kept: solvedOnes.filter(keepsIt).length,
    sequences: spread(after),
    left: spread(results.map(wrongBitsLeft)),
    wallSeconds: spread(results.map(({ record }) => record.wallSeconds)),
    beyond: sizesBeyond(results).flatMap((size) => {
      const shares = results.map(({ rows }) => rows.findLast(({ split }) => split === size)?.exact ?? null);
      const exact = spread(shares);
      const nearlyAll = shares.filter((share) => share !== null && share >= nearlyAllShare).length;
      return exact ? [{ size, exact, nearlyAll }] : [];
    }),
  };
}
