import assert from "node:assert/strict";
import { test } from "node:test";
import { backoffMs } from "./backoff.ts";

test("backoffMs() doubles from 50 ms to 2 s", () => {
  const least = [0, 1, 2, 3, 4, 5, 6, 1000].map((attempt) => backoffMs(attempt, 50, 2000, () => 0));
  assert.deepEqual(least, [50, 100, 200, 400, 800, 1000, 1000, 1000]);
  const most = [0, 1, 2, 3, 4, 5, 1000].map((attempt) => backoffMs(attempt, 50, 2000, () => 1));
  assert.deepEqual(most, [100, 200, 400, 800, 1600, 2000, 2000]);
});
