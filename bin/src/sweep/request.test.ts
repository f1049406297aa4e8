import assert from "node:assert/strict";
import { test } from "node:test";
import { pointsFor, splitFile } from "./request.ts";

const none = { grid: undefined, random: undefined, randomSeed: undefined, range: undefined };

test("splitFile() takes the sweep out of a file of settings", () => {
  const sweep = { name: "rates", grid: { "memory.slots": [16, 32] } };
  assert.deepEqual(splitFile({ sweep, steps: 5 }), { sweep, settings: { steps: 5 } });
  assert.deepEqual(splitFile({ steps: 5 }), { sweep: {}, settings: { steps: 5 } });
  assert.deepEqual(splitFile(undefined), { sweep: {}, settings: undefined });
});

test("splitFile() refuses a wrong part by its path", () => {
  for (const [sweep, message] of [
    [{ nam: "x" }, /^Cannot use this sweep: sweep: .*nam/],
    [{ grid: { "memory.slots": [] } }, /^Cannot use this sweep: sweep\.grid\.memory\.slots: /],
    [{ random: { points: 0, ranges: {} } }, /^Cannot use this sweep: sweep\.random\.points: /],
    [5, /^Cannot use this sweep: sweep: /],
  ] as const)
    assert.throws(() => splitFile({ sweep }), { name: "UsageError", message });
});

test("pointsFor() combines the file's grid and ranges with the flags, which replace those of the same setting", () => {
  const file = {
    grid: { "task.length": [[1, 5] as [number, number]], "memory.slots": [16, 32] },
    random: { points: 2, ranges: { "clip.norm": "1..9" } },
  };
  const labels = (flags: Partial<typeof none> | object) =>
    pointsFor({ ...none, ...flags }, file).map(({ label }) => label);
  assert.deepEqual(labels({}), ["1__5-16-r1", "1__5-16-r2", "1__5-32-r1", "1__5-32-r2"]);
  assert.deepEqual(labels({ grid: ["memory.slots=8"], random: 1 }), ["1__5-8-r1"]);
  assert.deepEqual(pointsFor(none, file)[0]!.settings["task.length"], "1..5");
  const drawn = (randomSeed: number) =>
    pointsFor({ ...none, randomSeed, random: 9 }, file).map(({ settings }) => settings);
  assert.deepEqual(drawn(1), drawn(1));
  assert.notDeepEqual(drawn(1), drawn(2));
});

test("pointsFor() refuses --random without --range, the reverse, and a setting that both name", () => {
  assert.throws(
    () => pointsFor({ ...none, random: 2 }, {}),
    /^UsageError: Cannot use --random without --range/,
  );
  assert.throws(
    () => pointsFor({ ...none, range: ["a=1..2"] }, {}),
    /^UsageError: Cannot use --range without --random/,
  );
  assert.throws(
    () => pointsFor({ ...none, random: 2, range: ["a.b=1..2"], grid: ["a.b=1"] }, {}),
    /^UsageError: Cannot sweep: each setting must be varied once, and a\.b is twice$/,
  );
});
