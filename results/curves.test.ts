import assert from "node:assert/strict";
import { test } from "node:test";
import type { Picture } from "@memnet/evaluator/svg";
import type { LineSeriesOption } from "echarts";
import { beyondCurves, curves } from "./curves.ts";
import { madeUpResult } from "./made-up.testing.ts";

const results = [1, 2, 3].map((seed) => madeUpResult("ntm-copy-20", { seed }));

function series({ option }: Picture): LineSeriesOption[] {
  return option.series as LineSeriesOption[];
}

test("curves() draws every seed's wrong bits, and its loss in training and validation", () => {
  const drawn = series(curves("ntm-copy-20", results));
  const names = (panel: number) =>
    drawn.filter(({ xAxisIndex }) => xAxisIndex === panel).map(({ name }) => name);
  const seeds = ["seed 1", "seed 2", "seed 3"];
  assert.deepEqual(names(0), [...seeds, undefined]);
  assert.deepEqual(names(1), [...seeds, ...seeds]);
});

test("curves() draws no wrong bits at the lowest line, and a figure that is not finite as a gap", () => {
  const [first] = series(curves("ntm-copy-20", results));
  const data = first!.data as [number, number | null][];
  assert.equal(data.length, 40);
  assert.deepEqual(data[3], [2000, null]);
  assert.deepEqual(data.at(-1), [20_000, 0.001]);
});

test("curves() gives each seed its own colour and dashes, the same in every picture", () => {
  const styles = (picture: Picture) =>
    series(picture)
      .slice(0, 3)
      .map(({ lineStyle }) => JSON.stringify([lineStyle?.color, lineStyle?.type]));
  const own = styles(curves("ntm-copy-20", results));
  assert.equal(new Set(own).size, 3);
  assert.deepEqual(styles(beyondCurves("ntm-copy-20", results)!), own);
});

test("beyondCurves() has a panel for each size", () => {
  const { option } = beyondCurves("ntm-copy-20", results)!;
  const titles = (option.title as { text: string }[]).map(({ text }) => text);
  assert.deepEqual(titles, ["ntm-copy-20", "length 20", "length 40"]);
});

test("beyondCurves() draws nothing if there are fewer than five evaluations", () => {
  const measured = (beyond: number) => beyondCurves("ntm-copy", [madeUpResult("ntm-copy", { beyond })]);
  assert.equal(measured(0), undefined);
  assert.equal(measured(4), undefined);
  assert.ok(measured(5));
});
