import assert from "node:assert/strict";
import { test } from "node:test";
import { logScale } from "./axis.ts";
import { chartOption } from "./chart.ts";
import { lightTheme } from "./palette.ts";
import { endOf } from "./plot.ts";
import type { Band, SweepPoint } from "./sweep.ts";
import { settingOption, settingText, sweepLines, variedPaths } from "./sweep-chart.ts";

function point(label: string, settings: Record<string, string>, median: number): SweepPoint {
  const band: Band = { lower: [1, null, 0], median: [2, null, 1], upper: [4, null, 3] };
  const curve = { steps: [10, 20], seconds: [2, 3], wrongBits: [2, 1], lossBits: [2, 1], exact: [0, 1] };
  const run = { run: `s-${label}-seed-7`, seed: 7, state: "ended", reason: null, step: 20, steps: 30 };
  const spread = { median, lower: median, upper: median, lowest: median, highest: median, runs: 1 };
  return {
    ...{ label, settings, task: "copy", pruned: null, sequencesPerStep: 16 },
    runs: [{ ...run, reached: null, sequences: null, best: null, curve }],
    spreads: { wrongBits: spread, lossBits: null, exact: null, sequences: null },
    band: { steps: [10, 20, 30], seconds: [2, 3, 4], wrongBits: band, lossBits: band, exact: band },
  };
}

const points = [point("a", { rate: "1e-4", x: "1" }, 3), point("b", { rate: "1e-2", x: "1" }, 0)];

test("sweepLines() has each point's median and the outline of its band, over sequences or steps", () => {
  const [first, second] = points as [SweepPoint, SweepPoint];
  const shown = {
    figure: "wrongBits",
    drawn: [{ point: first, style: 3, open: true }],
    others: [second],
  } as const;
  const lines = sweepLines({ ...shown, across: "sequences", sweep: "s" });
  assert.deepEqual(
    lines.map(({ key, pale, style }) => [key, pale, style]),
    [
      ["other b", "other", 0],
      ["run s-a-seed-7", "seed", 3],
      ["point a", undefined, 3],
    ],
  );
  assert.deepEqual(lines[2]!.points, [
    [160, 2],
    [320, null],
    [480, 1],
  ]);
  assert.deepEqual(lines[2]!.area, [
    [160, 4],
    [480, 3],
    [480, 0],
    [160, 1],
  ]);
  assert.equal(endOf(lines), 480);
  const steps = sweepLines({ ...shown, across: "steps", sweep: "s" });
  assert.deepEqual(steps[1]!.points, [
    [10, 2],
    [20, 1],
  ]);
  const time = sweepLines({ ...shown, across: "time", sweep: "s" });
  assert.deepEqual(
    time.map(({ points }) => points.map(([place]) => place)),
    [
      [2, 3, 4],
      [2, 3],
      [2, 3, 4],
    ],
  );
  assert.equal(endOf([]), 0);
});

test("chartOption() puts a band's zeros in the strip below a logarithmic axis, and includes the band in it", () => {
  const drawn = [{ point: points[0]!, style: 0, open: false }];
  const lines = sweepLines({ figure: "wrongBits", across: "steps", drawn, others: [], sweep: "s" });
  const shown = { figure: "wrongBits", lines, theme: lightTheme, steps: 30, levels: [], stages: [] } as const;
  const { series, yAxis } = chartOption({ ...shown, scale: "log" });
  const strip = logScale([4, 3, 2, 1, 0])!.zero!;
  assert.ok(strip < 1 && strip > 0.8);
  const [area, median] = series as { type: string; data: number[][] }[];
  assert.equal(area!.type, "custom");
  assert.deepEqual(area!.data, [
    [10, 4],
    [30, 3],
    [30, strip],
    [10, 1],
  ]);
  assert.deepEqual(median!.data, [
    [10, 2],
    [20, null],
    [30, 1],
  ]);
  assert.deepEqual([(yAxis as { min: number }).min, (yAxis as { max: number }).max], [strip, 5]);
});

test("settingOption() has a dot for each point, on a logarithmic axis if the values span a decade", () => {
  const option = (path: string, shown = points) =>
    settingOption({ path, by: "wrongBits", points: shown, scale: "log", theme: lightTheme });
  const typeOf = ({ xAxis }: ReturnType<typeof option>) => (xAxis as { type: string }).type;
  const rate = option("rate");
  const [series] = rate.series as { data: { value: number[]; name: string }[] }[];
  assert.deepEqual(series!.data, [
    { value: [0.0001, 3], name: "a" },
    { value: [0.01, logScale([3, 0])!.zero], name: "b" },
  ]);
  assert.equal(typeOf(rate), "log");
  assert.equal(typeOf(option("x")), "value");
  assert.equal(typeOf(option("rate", [...points, point("c", { rate: "1..2" }, 1)])), "category");
  assert.deepEqual(variedPaths(["rate", "x"], points), ["rate"]);
  assert.equal(
    settingText("rate", "wrongBits", points),
    "wrong bits at the best step by rate. 1e-4: 3; 1e-2: 0.",
  );
});
