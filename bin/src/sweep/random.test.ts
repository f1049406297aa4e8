import assert from "node:assert/strict";
import { test } from "node:test";
import { drawPoints, parseRange } from "./random.ts";

test("parseRange() reads whole and other numbers, on a linear and a logarithmic scale", () => {
  const rate = { path: "optimizer.learningRate", low: 1e-4, high: 1e-2, scale: "log", whole: false };
  assert.deepEqual(parseRange("optimizer.learningRate=1e-4..1e-2:log"), rate);
  const slots = { path: "memory.slots", low: 8, high: 64, scale: "linear", whole: true };
  assert.deepEqual(parseRange("memory.slots=8..64"), slots);
  assert.equal(parseRange("memory.slots=8..64:linear").scale, "linear");
  assert.equal(parseRange("clip.norm=1.0..10").whole, false);
});

test("parseRange() refuses anything else with the rule and the text", () => {
  for (const [text, rule] of [
    ["", /PATH=LOW\.\.HIGH/],
    ["memory.slots=8", /PATH=LOW\.\.HIGH/],
    ["memory.slots=8..9:cubic", /PATH=LOW\.\.HIGH/],
    ["memory.slots=a..b", /must be numbers/],
    ["memory.slots=9..8", /below its second/],
    ["memory.slots=0..8:log", /above 0/],
    ["memory.slots=0..9999999", /less than 2²¹/],
    ["seed=1..9", /--seeds names the seeds/],
  ] as const) {
    assert.throws(
      () => parseRange(text),
      (error: Error) =>
        error.name === "UsageError" &&
        rule.test(error.message) &&
        error.message.endsWith(`, got ${JSON.stringify(text)}`),
      text,
    );
  }
});

const ranges = ["optimizer.learningRate=1e-4..1e-2:log", "memory.slots=8..10", "clip.norm=0.5..2"].map(
  parseRange,
);

test("drawPoints() is a function of the seed, and more points leave the earlier ones as they are", () => {
  const ten = drawPoints(ranges, 10, 7);
  assert.deepEqual(drawPoints(ranges, 4, 7), ten.slice(0, 4));
  assert.notDeepEqual(drawPoints(ranges, 10, 8), ten);
  assert.deepEqual(Object.keys(ten[0]!), ["optimizer.learningRate", "memory.slots", "clip.norm"]);
  assert.equal(new Set(ten.map((point) => point["optimizer.learningRate"])).size, 10);
});

test("drawPoints() draws all of a range, evenly on its scale", () => {
  const points = drawPoints(ranges, 3000, 1);
  const values = (path: string) => points.map((point) => Number(point[path]));
  const rates = values("optimizer.learningRate");
  assert.ok(rates.every((rate) => rate >= 1e-4 && rate <= 1e-2));
  const below = rates.filter((rate) => rate < 1e-3).length;
  assert.ok(below > 1400 && below < 1600, `half of the rates are below 1e-3, got ${below}`);
  const slots = values("memory.slots");
  for (const wanted of [8, 9, 10]) {
    const count = slots.filter((value) => value === wanted).length;
    assert.ok(count > 900 && count < 1100, `a third of the points has ${wanted} slots, got ${count}`);
  }
  assert.ok(points.every((point) => /^\d(\.\d{1,4})?$/.test(point["clip.norm"]!)));
});
