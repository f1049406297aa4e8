import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSeeds } from "./list.ts";

test("parseSeeds() reads numbers, ranges and both, in the order given", () => {
  assert.deepEqual(parseSeeds("7"), [7]);
  assert.deepEqual(parseSeeds("1..3"), [1, 2, 3]);
  assert.deepEqual(parseSeeds("4..4"), [4]);
  assert.deepEqual(parseSeeds("9,1, 5"), [9, 1, 5]);
  assert.deepEqual(parseSeeds("10,0..2"), [10, 0, 1, 2]);
  assert.deepEqual(parseSeeds("9007199254740991"), [Number.MAX_SAFE_INTEGER]);
  assert.equal(parseSeeds("1..1000").length, 1000);
});

test("parseSeeds() refuses anything else with the rule and the text", () => {
  const cases: Record<string, RegExp> = {
    "": /whole numbers/,
    "1,": /whole numbers/,
    "-1": /whole numbers/,
    "1.5": /whole numbers/,
    "1...3": /whole numbers/,
    "1..x": /whole numbers/,
    "1e3": /whole numbers/,
    "9007199254740992": /whole numbers/,
    "3..1": /first number must not be above its second/,
    "1,2,1": /each seed once, and has 1 twice/,
    "1..3,2": /each seed once, and has 2 twice/,
    "1..1001": /at most 1000 seeds/,
    "0..9007199254740991": /at most 1000 seeds/,
    "1..600,1001..1600": /at most 1000 seeds/,
  };
  for (const [text, message] of Object.entries(cases)) {
    assert.throws(
      () => parseSeeds(text),
      (error: Error) =>
        error.name === "UsageError" &&
        error.message.startsWith("Cannot use --seeds: ") &&
        message.test(error.message) &&
        error.message.endsWith(`, got ${JSON.stringify(text)}`),
      text,
    );
  }
});
