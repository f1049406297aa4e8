import assert from "node:assert/strict";
import { test } from "node:test";
import { isLogarithmic, isOver, numbersOf, type SweepNews, type SweepPoint, withNews } from "./sweep.ts";
import { choicesOf, columnOrderIn, columnOrderText, ordered, passes } from "./sweep-rows.ts";

function point(label: string, settings: Record<string, string>, wrongBits: number | null = null): SweepPoint {
  const median =
    wrongBits === null ? null : { median: wrongBits, lower: 0, upper: 9, lowest: 0, highest: 9, runs: 2 };
  const none = { lower: [], median: [], upper: [] };
  return {
    ...{ label, settings, task: "copy", pruned: null, runs: [], sequencesPerStep: 4 },
    spreads: { wrongBits: median, lossBits: null, exact: null, sequences: null },
    band: { steps: [], seconds: null, wrongBits: none, lossBits: none, exact: none },
  };
}

const labels = (points: readonly SweepPoint[]) => points.map(({ label }) => label).join(" ");

test("ordered() sorts by a figure in both directions, points without it last", () => {
  const points = [point("a", {}, 3), point("b", {}), point("c", {}, 1), point("d", {}, 2)];
  assert.equal(labels(ordered(points, { by: "wrongBits", down: false })), "c d a b");
  assert.equal(labels(ordered(points, { by: "wrongBits", down: true })), "a d c b");
  assert.equal(labels(ordered(points, null)), "c d a b");
});

test("ordered() sorts a setting's numbers as numbers, and texts after them", () => {
  const values = ["16", "8", "1e-3", "1..20", "0.01", "ntm-copy"];
  const points = values.map((value) => point(value, { x: value }));
  assert.equal(
    labels(ordered([point("none", {}), ...points], { by: { setting: "x" }, down: false })),
    [...["1e-3", "0.01", "8", "16", "1..20", "ntm-copy", "none"]].join(" "),
  );
});

test("columnOrderIn() reads what columnOrderText() writes, and nothing else", () => {
  for (const text of ["wrongBits", "-sequences", "setting:memory.slots", "-setting:x"]) {
    assert.equal(columnOrderText(columnOrderIn(text)!), text);
  }
  for (const text of [null, "", "-", "nothing", "toString"]) assert.equal(columnOrderIn(text), null);
});

test("passes() wants every filter's setting to be the text, or within the bounds", () => {
  const one = point("a", { slots: "16", rate: "1e-3" });
  const within = (lowest: number | null, highest: number | null) =>
    passes(one, new Map([["rate", { lowest, highest }]]));
  assert.deepEqual(
    [within(1e-3, null), within(null, 1e-3), within(2e-3, null), within(null, 1e-4)],
    [...[true, true, false, false]],
  );
  assert.equal(
    passes(
      one,
      new Map([
        ["slots", { is: "16" }],
        ["rate", { is: "1e-3" }],
      ]),
    ),
    true,
  );
  assert.equal(
    passes(
      one,
      new Map([
        ["slots", { is: "16" }],
        ["rate", { is: "0.001" }],
      ]),
    ),
    false,
  );
  assert.equal(passes(one, new Map([["width", { is: "8" }]])), false);
});

test("choicesOf() is null for many numbers, and sorted for few or for texts", () => {
  const points = Array.from({ length: 13 }, (_, at) => point(`${at}`, { x: `${13 - at}`, y: `t${at % 3}` }));
  assert.equal(choicesOf("x", points), null);
  assert.deepEqual(choicesOf("y", points), ["t0", "t1", "t2"]);
  assert.deepEqual(choicesOf("x", points.slice(10)), ["1", "2", "3"]);
});

test("an axis is logarithmic if its values are positive and span a decade", () => {
  assert.deepEqual(numbersOf(["1e-3", "0.5"]), [0.001, 0.5]);
  for (const text of ["", " ", "1..2", "Infinity", "dnc"]) assert.equal(numbersOf(["1", text]), null, text);
  assert.deepEqual(
    [isLogarithmic([1e-3, 1e-2]), isLogarithmic([1, 9]), isLogarithmic([0, 100])],
    [...[true, false, false]],
  );
});

test("a point that was ended early is over in each run that nobody trains", () => {
  const states = ["ended", "failed", "stopped", "training", "waiting", null];
  assert.deepEqual(
    states.map((state) => isOver(state, false)),
    [true, true, false, false, false, false],
  );
  assert.deepEqual(
    states.map((state) => isOver(state, true)),
    [true, true, true, false, false, true],
  );
});

test("withNews() replaces the points that changed, or all of them", () => {
  const before = {
    name: "s",
    goal: "",
    goalFigure: "exact",
    seeds: 1,
    splits: ["validation"],
    hasSteps: true,
    points: [point("a", {}), point("b", {})],
  } as const;
  const news = (whole: boolean): SweepNews => ({ ...before, cursor: "", whole, points: [point("b", {}, 1)] });
  assert.deepEqual(
    withNews(before, news(false)).points.map(({ label, spreads }) => [label, spreads.wrongBits?.median]),
    [
      ["a", undefined],
      ["b", 1],
    ],
  );
  assert.equal(labels(withNews(before, news(true)).points), "b");
});
