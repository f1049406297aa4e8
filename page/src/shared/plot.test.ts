import assert from "node:assert/strict";
import { test } from "node:test";
import type { Curves } from "./api.ts";
import { stepInterval } from "./axis.ts";
import { chartOption, chartText } from "./chart.ts";
import { lightTheme } from "./palette.ts";
import { joined, legendOf, levelsOf, linesOf } from "./plot.ts";

function curves(
  run: string,
  steps: readonly number[] = [1, 2],
  splits = ["validation", "length-20"],
): Curves {
  const row = steps.map((step) => 10 / step);
  return {
    run,
    cursor: "1-1.2.2.0",
    events: [],
    training: { steps: [...steps], means: row, lows: row.map((v) => v / 2), highs: row.map((v) => v * 2) },
    splits: splits.map((split) => ({
      split,
      steps,
      losses: row,
      wrongBits: steps.map((step) => step - 1),
      exact: steps.map(() => 0.5),
      floor: split === "validation" ? 2 : null,
    })),
  };
}

test("legendOf() has training, each split and each overlaid run, all with different keys", () => {
  const legend = legendOf(curves("a"), [curves("b"), curves("validation")]);
  assert.deepEqual(
    legend.map(({ name }) => name),
    ["training", "validation", "length 20", "b", "validation"],
  );
  assert.equal(new Set(legend.map(({ key }) => key)).size, legend.length);
  assert.deepEqual(
    legend.map(({ style }) => style),
    [0, 1, 2, 3, 4],
  );
});

test("linesOf() shows training only in the loss, and another run's validation or, before any, its training", () => {
  const others = [curves("b"), curves("c", [1, 2], [])];
  const keys = (figure: "loss" | "exact") => linesOf(figure, curves("a"), others).map(({ key }) => key);
  assert.deepEqual(keys("exact"), ["validation", "length-20", "run b", "run c"]);
  assert.deepEqual(keys("loss"), ["training", "validation", "length-20", "run b", "run c"]);
  const [, , , , c] = linesOf("loss", curves("a"), others);
  assert.deepEqual(c!.points, [
    [1, 10],
    [2, 5],
  ]);
});

test("joined() appends later lines to earlier ones, including new splits", () => {
  const both = joined(curves("a", [1, 2], ["validation"]), curves("a", [3], ["validation", "length-20"]));
  assert.deepEqual(both.training.steps, [1, 2, 3]);
  assert.deepEqual(
    both.splits.map(({ split, steps }) => [split, steps]),
    [
      ["validation", [1, 2, 3]],
      ["length-20", [3]],
    ],
  );
});

test("chartOption() shows 0 on the lowest line of a logarithmic axis, and as itself on a linear one", () => {
  const option = (scale: "log" | "linear") =>
    chartOption({
      ...{ figure: "wrongBits" as const, scale, theme: lightTheme, steps: 2, levels: [], stages: [] },
      lines: linesOf("wrongBits", curves("a"), []),
    });
  const data = (scale: "log" | "linear") => (option(scale).series as { data: unknown }[])[0]!.data;
  assert.deepEqual(data("log"), [
    [1, 0.001],
    [2, 1],
  ]);
  assert.deepEqual(data("linear"), [
    [1, 0],
    [2, 1],
  ]);
  const axis = option("log").yAxis as { axisLabel: { formatter(value: number): string } };
  assert.deepEqual([0.001, 0.1, 1].map(axis.axisLabel.formatter), ["0", "0.1", "1"]);
});

test("chartOption() draws levels and the curriculum's stages as lines", () => {
  const levels = levelsOf(curves("a"), 11);
  assert.deepEqual(levels, [
    { name: "guessing", value: 11, position: "insideEndTop" },
    { name: "at least", value: 2, position: "insideStartTop" },
  ]);
  const stages = [{ from: 2, settings: "length 1–3" }];
  const { series } = chartOption({
    ...{ figure: "loss", lines: linesOf("loss", curves("a"), []), scale: "log", theme: lightTheme, steps: 2 },
    ...{ levels, stages },
  });
  assert.deepEqual(
    (series as { id: string }[]).map(({ id }) => id),
    ["training band", "training", "validation", "length-20", "guessing", "at least", "stage 2"],
  );
  assert.deepEqual(levelsOf(curves("a", [1], ["length-20"]), null), []);
});

test("chartOption() draws announced steps after the end of the training curve, only in the loss chart", () => {
  const ahead = [[3, 4]] as const;
  const series = (figure: "loss" | "exact", of = curves("a")) => {
    const lines = linesOf(figure, of, [], ahead);
    const chart = {
      figure,
      lines,
      scale: "linear",
      theme: lightTheme,
      steps: 3,
      levels: [],
      stages: [],
    } as const;
    const { series, title } = chartOption(chart) as {
      series: { id: string; data: unknown }[];
      title: { show: boolean };
    };
    return { ahead: series.find(({ id }) => id === "training ahead")?.data, empty: title.show };
  };
  const end = [2, 5];
  assert.deepEqual(series("loss"), { ahead: [end, [3, 4]], empty: false });
  assert.deepEqual(series("loss", curves("a", [], [])), { ahead: [[3, 4]], empty: false });
  assert.deepEqual(series("exact", curves("a", [], [])), { ahead: undefined, empty: true });
});

test("stepInterval() leaves room between the step labels", () => {
  assert.deepEqual([0, 1, 5, 6, 1450, 2050, 10_000, 100_000].map(stepInterval), [
    ...[1, 1, 1, 2, 500, 500, 2000, 20_000],
  ]);
  for (let steps = 5; steps < 100_000; steps = Math.ceil(steps * 1.1)) {
    const labels = steps / stepInterval(steps);
    assert.ok(labels <= 5 && labels >= 2, `${steps} steps have ${labels} labels`);
  }
});

test("chartText() names the newest figures in words", () => {
  assert.equal(
    chartText("exact", linesOf("exact", curves("a"), [])),
    "Exact sequences against training steps. Newest: validation 50 % at step 2; length 20 50 % at step 2.",
  );
  assert.match(chartText("loss", []), /No figures yet\.$/);
});
