/** Repeats a check until it succeeds. */

import assert from "node:assert/strict";

const againMs = 300;

/** @throws the last check's error, once the time is over */
export async function eventually<Result>(timeoutMs: number, look: () => Promise<Result>): Promise<Result> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (performance.now() > until) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, againMs));
  }
}

/** Checks a bound with a message: without one, Node.js 20 searches the source of each failed assert.ok(). */
export function above(bound: number, value: number): void {
  assert.ok(value > bound, `${value} must be above ${bound}`);
}
