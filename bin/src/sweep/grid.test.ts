import assert from "node:assert/strict";
import { test } from "node:test";
import { assignmentsOf, parseAxis, pointsOf } from "./grid.ts";

test("parseAxis() reads values as --set takes them", () => {
  assert.deepEqual(parseAxis("memory.slots=16,32"), { path: "memory.slots", values: ["16", "32"] });
  assert.deepEqual(parseAxis("task.length=1..5, 1..20"), { path: "task.length", values: ["1..5", "1..20"] });
  assert.deepEqual(parseAxis("model=ntm"), { path: "model", values: ["ntm"] });
  assert.deepEqual(parseAxis('curriculum=[],[{"from":5,"task":{"length":[1,2]}}]').values, [
    "[]",
    '[{"from":5,"task":{"length":[1,2]}}]',
  ]);
});

test("parseAxis() refuses anything else with the rule and the text", () => {
  for (const [text, rule] of [
    ["", /PATH=VALUE/],
    ["=5", /PATH=VALUE/],
    ["memory.slots", /PATH=VALUE/],
    ["memory.slots=", /must not be empty/],
    ["memory.slots=1,,2", /must not be empty/],
    ["memory.slots=1,2,1", /each value once, and has 1 twice/],
    ["seed=1,2", /--seeds names the seeds/],
  ] as const) {
    assert.throws(
      () => parseAxis(text),
      (error: Error) =>
        error.name === "UsageError" &&
        error.message.startsWith("Cannot use --grid: ") &&
        rule.test(error.message) &&
        error.message.endsWith(`, got ${JSON.stringify(text)}`),
      text,
    );
  }
});

test("pointsOf() has each combination once, the last axis fastest", () => {
  const axes = ["optimizer.learningRate=1e-3,0.003", "task.length=1..5,1..20"].map(parseAxis);
  assert.deepEqual(
    pointsOf(axes).map((point) => [point.label, ...assignmentsOf(point)]),
    [
      ["1e-3-1__5", "optimizer.learningRate=1e-3", "task.length=1..5"],
      ["1e-3-1__20", "optimizer.learningRate=1e-3", "task.length=1..20"],
      ["0_003-1__5", "optimizer.learningRate=0.003", "task.length=1..5"],
      ["0_003-1__20", "optimizer.learningRate=0.003", "task.length=1..20"],
    ],
  );
  assert.deepEqual(pointsOf([]), [{ settings: {}, label: "" }]);
});

test("pointsOf() refuses a setting twice, too many points, and points of one name", () => {
  const of =
    (...texts: string[]) =>
    () =>
      pointsOf(texts.map(parseAxis));
  assert.throws(of("memory.slots=1", "memory.slots=2"), /varied once, and memory\.slots is twice/);
  const many = Array.from({ length: 32 }, (_, value) => value).join();
  assert.throws(of(`memory.slots=${many}`, `memory.width=${many}`), /at most 1000 points, got 1024/);
  assert.throws(
    of("task.length=1.5,1_5"),
    /two points would have the same name, 1_5: task\.length=1\.5 and task\.length=1_5$/,
  );
});
