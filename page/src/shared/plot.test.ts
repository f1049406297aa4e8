import assert from "node:assert/strict";
import { test } from "node:test";
import type { Curves } from "./api.ts";
import { acrossInterval, acrossText, logScale, stepInterval } from "./axis.ts";
import { chartOption, chartText } from "./chart.ts";
import { lightTheme } from "./palette.ts";
import { endOf, joined, legendOf, levelsOf, linesOf } from "./plot.ts";

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
    audited: 0,
    training: { steps: [...steps], means: row, lows: row.map((v) => v / 2), highs: row.map((v) => v * 2) },
    gradients: { means: row.map((v) => v * 3), lows: row, highs: row.map((v) => v * 4) },
    seconds: steps.map((step) => step / 4),
    splits: splits.map((split) => ({
      split,
      steps,
      seconds: steps.map((step) => step / 4),
      losses: row,
      wrongBits: steps.map((step) => step - 1),
      exact: steps.map(() => 0.5),
      floor: split === "validation" ? 2 : null,
    })),
  };
}

test("legendOf() has training and each split", () => {
  assert.deepEqual(legendOf(curves("a")), [
    { key: "training", name: "training", style: 0 },
    { key: "validation", name: "validation", style: 1 },
    { key: "length-20", name: "length 20", style: 2 },
  ]);
});

test("linesOf() shows training only in the loss and the gradient, and the gradient of training alone", () => {
  const keys = (figure: "loss" | "exact" | "gradient") => linesOf(figure, curves("a")).map(({ key }) => key);
  assert.deepEqual(keys("exact"), ["validation", "length-20"]);
  assert.deepEqual(keys("loss"), ["training", "validation", "length-20"]);
  assert.deepEqual(keys("gradient"), ["training"]);
  const [gradient] = linesOf("gradient", curves("a"));
  assert.deepEqual(gradient!.points, [
    [1, 30],
    [2, 15],
  ]);
  assert.deepEqual(gradient!.band?.slice(0, 2), [
    [1, 10],
    [1, 40],
  ]);
});

test("linesOf() places its points over steps, sequences or seconds of training", () => {
  const places = (across: "steps" | "sequences" | "time") =>
    linesOf("loss", curves("a"), { across, sequencesPerStep: 16 }).map(({ points }) =>
      points.map(([place]) => place),
    );
  assert.deepEqual(places("steps"), [
    [1, 2],
    [1, 2],
    [1, 2],
  ]);
  assert.deepEqual(places("sequences")[0], [16, 32]);
  assert.deepEqual(places("time")[1], [0.25, 0.5]);
  assert.equal(endOf(linesOf("loss", curves("a"), { across: "time", sequencesPerStep: 16 }, [[9, 1]])), 0.5);
  assert.equal(
    endOf(linesOf("loss", curves("a"), { across: "sequences", sequencesPerStep: 16 }, [[9, 1]])),
    144,
  );
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

test("logScale() has a strip for 0 below the lowest other value, and no strip without one", () => {
  const scale = logScale([0, 0.03, null, 40])!;
  assert.deepEqual([scale.min, scale.max], [0.02, 50]);
  assert.ok(scale.zero! < 0.01 && scale.zero! > 0.005);
  assert.deepEqual([scale.at(0), scale.at(0.03)], [scale.zero, 0.03]);
  assert.deepEqual([scale.from(scale.zero!), scale.from(0.03)], [0, 0.03]);
  const positive = logScale([1e-5, 3])!;
  assert.deepEqual([positive.min, positive.max, positive.zero, positive.at(1e-5)], [1e-5, 5, null, 1e-5]);
  assert.deepEqual([logScale([0, null]), logScale([])], [null, null]);
});

test("chartOption() draws 0 below the break of a logarithmic axis, and as itself on a linear one", () => {
  const option = (scale: "log" | "linear") =>
    chartOption({
      ...{ figure: "wrongBits" as const, scale, theme: lightTheme, steps: 2, levels: [], stages: [] },
      lines: linesOf("wrongBits", curves("a")),
    });
  const series = (scale: "log" | "linear") => option(scale).series as { id: string; data: unknown }[];
  const zero = logScale([0, 1])!.zero!;
  assert.deepEqual(series("log")[0]!.data, [
    [1, zero],
    [2, 1],
  ]);
  assert.ok(series("log").some(({ id }) => id === "zero"));
  assert.deepEqual(series("linear")[0]!.data, [
    [1, 0],
    [2, 1],
  ]);
  assert.ok(!series("linear").some(({ id }) => id === "zero"));
  const axis = option("log").yAxis as { axisLabel: { formatter(value: number): string } };
  assert.deepEqual([zero, 1, 2].map(axis.axisLabel.formatter), ["0", "1", "2"]);
});

test("chartOption() fits the vertical axis to the part that is shown, and labels that part", () => {
  const shown = (zoom: readonly [number, number] | null) => {
    const { yAxis, dataZoom } = chartOption({
      ...{ figure: "loss" as const, scale: "log" as const, theme: lightTheme, steps: 1000 },
      ...{ levels: [], stages: [], zoom, lines: linesOf("loss", curves("a", [1, 10, 100, 1000])) },
    });
    const [{ startValue, endValue }] = dataZoom as [{ startValue: number; endValue: number }];
    return [(yAxis as { min: number }).min, (yAxis as { max: number }).max, startValue, endValue];
  };
  assert.deepEqual(shown(null), [0.005, 20, 0, 1000]);
  assert.deepEqual(shown([5, 200]), [0.05, 2, 5, 200]);
});

test("chartOption() draws levels beside the chart and the curriculum's stages as lines", () => {
  const goal = { figure: "wrongBits", value: 0.1 } as const;
  const levels = levelsOf("loss", curves("a"), 11 * Math.LN2, goal);
  assert.deepEqual(levels, [
    { name: "untrained", value: 11 },
    { name: "at least", value: 2 },
  ]);
  const stages = [{ from: 2, settings: "length 1–3" }];
  const { series, grid } = chartOption({
    ...{ figure: "loss", lines: linesOf("loss", curves("a")), scale: "log", theme: lightTheme, steps: 2 },
    ...{ levels, stages },
  });
  assert.deepEqual(
    (series as { id: string }[]).map(({ id }) => id),
    ["training band", "training", "validation", "length-20", "untrained", "at least", "stage 2"],
  );
  assert.ok((grid as { right: number }).right > 60);
});

test("levelsOf() has the goal in the chart of its figure, in bits", () => {
  const of = curves("a", [1], ["length-20"]);
  assert.deepEqual(levelsOf("loss", of, null, null), []);
  assert.deepEqual(levelsOf("wrongBits", of, 11, { figure: "wrongBits", value: 0.1 }), [
    { name: "goal", value: 0.1 },
  ]);
  assert.deepEqual(levelsOf("loss", of, null, { figure: "loss", value: 3 * Math.LN2 }), [
    { name: "goal", value: 3 },
  ]);
  assert.deepEqual(levelsOf("loss", of, null, { figure: "lossBits", value: 3 }), [
    { name: "goal", value: 3 },
  ]);
  assert.deepEqual(levelsOf("exact", of, 11, { figure: "lossBits", value: 3 }), []);
});

test("chartOption() draws announced steps after the end of the training curve, only in the loss chart", () => {
  const ahead = [[3, 4]] as const;
  const series = (figure: "loss" | "exact", of = curves("a")) => {
    const lines = linesOf(figure, of, { across: "steps", sequencesPerStep: 16 }, ahead);
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

test("acrossInterval() leaves whole minutes and hours between the labels of times", () => {
  assert.deepEqual(
    [0.5, 40, 400, 4000, 90_000].map((seconds) => acrossInterval("time", seconds)),
    [1, 10, 120, 1800, 18_000],
  );
  assert.deepEqual(
    [acrossText("time", 150), acrossText("steps", 1500), acrossText("sequences", 3)],
    ["2.5 min", "step 1,500", "3 sequences"],
  );
});

test("chartText() names the newest figures in words", () => {
  assert.equal(
    chartText("exact", linesOf("exact", curves("a"))),
    "Exact sequences against training steps. Newest: validation 50 % at step 2; length 20 50 % at step 2.",
  );
  assert.match(chartText("loss", []), /No figures yet\.$/);
});
