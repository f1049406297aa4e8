import assert from "node:assert/strict";
import { test } from "node:test";
import { keep, kept } from "./kept.ts";

test("keep() replaces a value, and drops the oldest beyond the maximum", () => {
  const all = new Map<string, number>();
  for (const [index, key] of ["a", "b", "a", "c"].entries()) keep(all, key, index, 2);
  assert.deepEqual(
    [...all],
    [
      ["a", 2],
      ["c", 3],
    ],
  );
});

test("kept() makes a value once, and again after it was dropped", () => {
  const all = new Map<string, string>();
  let made = 0;
  const value = (key: string) => kept(all, key, 2, () => `${key}${++made}`);
  assert.deepEqual(["a", "b", "a", "c", "a", "b"].map(value), ["a1", "b2", "a1", "c3", "a1", "b4"]);
});
