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

/** Checks that a number is above a bound. Without a message, Node.js 20 parses the source of a failed assert.ok() for long. */
export function above(bound: number, value: number): void {
  assert.ok(value > bound, `${value} must be above ${bound}`);
}
