/** The errors that a process may end with when things fail. Any other is a bug. */

import { FencedError as CoordinatorFenced } from "@memnet/coordinator";
import { FencedError as EvaluatorFenced } from "@memnet/evaluator";
import { RefusedError } from "@memnet/protocol";

const disk = new Set(["EIO", "ENOSPC"]);

/** Errors of a coordinator that gives up because the evaluator does not acknowledge. */
const givenUp = [
  /^Cannot keep step \d+: the evaluator did not acknowledge/,
  /^The evaluator did not answer within/,
];

export function expected(error: unknown): boolean {
  if (error instanceof CoordinatorFenced || error instanceof EvaluatorFenced) return true;
  if (error instanceof RefusedError) return error.code === "EPOCH" || error.code === "HELD";
  if (!(error instanceof Error)) return false;
  if ("code" in error && disk.has(String(error.code))) return true;
  return givenUp.some((text) => text.test(error.message)) || error.name === "AbortError";
}
