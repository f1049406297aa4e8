import assert from "node:assert/strict";
import { test } from "node:test";
import { grouped } from "./grouped.ts";

test("grouped() has a comma before each three digits", () => {
  const numbers = [0, 7, 999, 1000, -1000, 12_345, 1_234_567, Number.MAX_SAFE_INTEGER];
  assert.deepEqual(
    numbers.map(grouped),
    numbers.map((number) => number.toLocaleString("en-US")),
  );
});
