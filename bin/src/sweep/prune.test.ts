import assert from "node:assert/strict";
import { test } from "node:test";
import { type Curve, type PruneRule, pruneDecisions } from "./prune.ts";

const options = { goal: { figure: "wrongBits", comparison: "<" }, steps: 900, seeds: 3 } as const;

/** A curve that is measured every 100 steps. */
function curve(label: string, values: readonly number[], isOver = false): Curve {
  return { label, points: values.map((value, at) => [100 * (at + 1), value]), isOver };
}

const good = [5, 3, 1, 0];
const bad = [9, 9, 9, 9];

function decide(rule: PruneRule, curves: readonly Curve[], already: readonly string[] = []) {
  return pruneDecisions(rule, curves, new Set(already), options);
}

test("median ends a point whose best is worse than the others' running averages, over its seeds", () => {
  const others = ["a", "b"].flatMap((label) => [curve(label, good), curve(label, good)]);
  assert.deepEqual(decide("median", [...others, curve("c", bad), curve("c", bad)]), [
    {
      label: "c",
      step: 400,
      reason:
        "at step 400 its best number of wrong bits is 9.000, and the other points' running averages have the median 2.250",
    },
  ]);
  // One seed that does well is not a point that does well, and one that does badly is not a bad point.
  assert.equal(decide("median", [...others, curve("c", bad), curve("c", bad), curve("c", good)]).length, 1);
  assert.deepEqual(decide("median", [...others, curve("c", bad), curve("c", good), curve("c", good)]), []);
});

test("median judges no single run, nothing before a fifth of the steps, and nothing by one other point", () => {
  const others = ["a", "b"].flatMap((label) => [curve(label, good), curve(label, good)]);
  assert.deepEqual(decide("median", [...others, curve("c", bad)]), []);
  assert.deepEqual(decide("median", [...others, curve("c", [9]), curve("c", [9])]), []);
  assert.deepEqual(decide("median", [...others.slice(0, 2), curve("c", bad), curve("c", bad)]), []);
  assert.deepEqual(decide("median", [...others, curve("c", bad), curve("c", bad)], ["c"]), []);
  assert.deepEqual(
    decide("median", [...others, curve("c", bad, true), curve("c", bad, true)]),
    [],
    "nothing is left to end",
  );
});

test("median takes the last figure of a run that has ended for all later steps", () => {
  const early = ["a", "b"].flatMap((label) => [curve(label, [4, 0], true), curve(label, [4, 0], true)]);
  const [pruned] = decide("median", [...early, curve("c", bad), curve("c", bad)]);
  assert.equal(pruned?.label, "c");
});

test("asha keeps the best third of the points at each rung", () => {
  const at = (label: string, value: number) => [curve(label, [value]), curve(label, [value])];
  const six = [...at("a", 1), ...at("b", 2), ...at("c", 3), ...at("d", 4), ...at("e", 5), ...at("f", 6)];
  const pruned = decide("asha", six);
  assert.deepEqual(
    pruned.map(({ label, step }) => [label, step]),
    ["c", "d", "e", "f"].map((label) => [label, 100]),
  );
  assert.equal(
    pruned[0]!.reason,
    "at the rung of step 100 its best number of wrong bits is 3.000, and 2 of 6 points are better",
  );
  assert.deepEqual(decide("asha", six.slice(0, 4)), [], "a third of two points is none");
});

test("pruneDecisions() prefers the larger of a figure whose goal is a lower bound, and is repeatable", () => {
  const exact = { ...options, goal: { figure: "exact", comparison: ">=" } } as const;
  const curves = ["a", "b", "c"].flatMap((label, at) => [1, 2].map(() => curve(label, [0, at / 10, at / 5])));
  const once = pruneDecisions("asha", curves, new Set(), exact);
  assert.deepEqual(
    once.map(({ label }) => label),
    ["a", "b"],
  );
  assert.deepEqual(
    pruneDecisions("asha", curves.toReversed(), new Set(), exact)
      .map(({ label }) => label)
      .sort(),
    ["a", "b"],
  );
});
