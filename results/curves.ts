/** Draws the pictures of a preset's results: the page's charts side by side, with a line for each seed. */

import { type Chart, chartOption } from "@memnet/page/chart";
import { lightTheme } from "@memnet/page/palette";
import type { Picture } from "@memnet/page/svg";
import { groupedBy, type Spread, spread } from "@memnet/runs";
import type { EChartsOption, LineSeriesOption } from "echarts";
import type { PresetName } from "memnet";
import { goalWrongBits, presetText, type Result, type Row, sizesBeyond } from "./result.ts";

type Lines = Chart["lines"];
type Figure = "lossBits" | "wrongBits" | "exact";

interface Layout {
  /** What is drawn, for screen readers. */
  readonly figures: string;
  /** The subtitle's text after the preset. */
  readonly about: string;
  readonly height: number;
  readonly gap: number;
  readonly panels: readonly (Pick<Chart, "figure" | "lines"> & { readonly title: string })[];
}

/** The width of a README's text on GitHub, so that nothing is scaled down. */
const width = 840;
const edge = { left: 58, right: 24, top: 104, bottom: 58 };
/** More seeds than this have no legend: their lines are seen together, not told apart. */
const namedSeedsMax = 4;
/** The fewest evaluations beyond training that make a curve. Fewer are listed in the table only. */
const beyondPointsMin = 5;

/** Draws the wrong bits and the loss of each seed against steps. */
export function curves(preset: PresetName, results: readonly Result[]): Picture {
  const lossLines = linesOf(results, "validation", "lossBits").map((line, index) => ({
    ...line,
    band: points(results[index]!.rows, "training", "lossBits"),
  }));
  const wrongLines = linesOf(results, "validation", "wrongBits");
  return picture(preset, results, {
    figures: "wrong bits and loss",
    about: "pale lines: loss in training",
    height: 400,
    gap: 84,
    panels: [
      { title: "Wrong bits per sequence, validation", figure: "wrongBits", lines: wrongLines },
      { title: "Loss in bits per sequence, validation", figure: "loss", lines: lossLines },
    ],
  });
}

/** Draws the share of exact sequences at each size beyond training; undefined if it was measured too seldom. */
export function beyondCurves(preset: PresetName, results: readonly Result[]): Picture | undefined {
  const panels = sizesBeyond(results).map((size) => {
    return {
      title: size.replace("-", " "),
      figure: "exact" as const,
      lines: linesOf(results, size, "exact"),
    };
  });
  if (!panels[0]?.lines.some(({ points }) => points.length >= beyondPointsMin)) return undefined;
  return picture(preset, results, {
    figures: "share of exact sequences at sizes beyond training",
    about: "share of sequences without a wrong bit",
    height: 330,
    gap: 22,
    panels,
  });
}

function linesOf(results: readonly Result[], split: string, figure: Figure): Lines {
  return results.map(({ rows, record }, style) => {
    const name = `seed ${record.seed}`;
    return { key: `${split} ${figure} ${name}`, name, style, points: points(rows, split, figure) };
  });
}

function points(rows: readonly Row[], split: string, figure: Figure) {
  return rows.filter((row) => row.split === split).map((row) => [row.step, row[figure]] as const);
}

function picture(preset: PresetName, results: readonly Result[], layout: Layout): Picture {
  const steps = Math.max(...results.map(({ record }) => record.steps));
  const title = `${preset}: ${layout.figures} against training steps, for each seed`;
  const many = results.length > namedSeedsMax ? [`${results.length} seeds`] : [];
  return drawing({
    ...layout,
    heading: preset,
    about: [presetText(preset), layout.about, ...many].join("; "),
    title,
    end: steps,
  });
}

/**
 * Draws the medians of several presets of one task over their seeds, and the quartiles, as the papers do: bits per
 * sequence against sequences.
 */
export function comparison(task: string, about: string, presets: readonly (readonly Result[])[]): Picture {
  const lines = presets.map((results, style) => {
    const name = results[0]!.record.preset;
    const byPlace = groupedBy(
      results.flatMap(({ rows }) => rows.filter(({ split }) => split === "validation")),
      ({ sequences }) => sequences,
    );
    const spreads = [...byPlace]
      .sort(([a], [b]) => a - b)
      .map(([sequences, rows]) => [sequences, spread(rows.map(({ lossBits }) => lossBits))] as const)
      .filter((one): one is readonly [number, Spread] => one[1] !== null);
    const upper = spreads.map(([at, { upper }]) => [at, upper] as const);
    const lower = spreads.map(([at, { lower }]) => [at, lower] as const);
    const points = spreads.map(([at, { median }]) => [at, median] as const);
    return { key: name, name, style, points, area: [...upper, ...lower.reverse()] };
  });
  const end = Math.max(...lines.map(({ points }) => points.at(-1)?.[0] ?? 0));
  return drawing({
    ...{ heading: task, about, height: 400, gap: 0, end, across: "sequences" as const },
    title: `${task}: loss in bits against sequences, median and quartiles over the seeds of each preset`,
    panels: [{ title: "Loss in bits per sequence, validation", figure: "lossBits", lines }],
  });
}

interface Drawing extends Omit<Layout, "figures"> {
  readonly heading: string;
  readonly title: string;
  /** Where the horizontal axes end. */
  readonly end: number;
  readonly across?: "steps" | "sequences";
}

function drawing({
  heading,
  title,
  about,
  height,
  gap,
  panels,
  end: steps,
  across = "steps",
}: Drawing): Picture {
  const { ground, ink, paleInk, rule } = lightTheme;
  const panelWidth = (width - edge.left - edge.right - gap * (panels.length - 1)) / panels.length;
  const left = (index: number) => edge.left + index * (panelWidth + gap);
  const charts = panels.map((panel) =>
    chartOption({ ...panel, scale: "log", theme: lightTheme, steps, across, levels: [], stages: [] }),
  );
  const option = {
    animation: false,
    textStyle: charts[0]!.textStyle,
    // A background of its own makes the picture look the same on white and on dark pages.
    graphic: {
      ...{ type: "rect", z: -10, silent: true },
      shape: { x: 0.5, y: 0.5, width: width - 1, height: height - 1, r: 8 },
      style: { fill: ground, stroke: rule },
    },
    title: [
      {
        text: heading,
        subtext: about,
        ...{ left: 20, top: 14, itemGap: 7 },
        textStyle: { fontSize: 18, color: ink },
        subtextStyle: { fontSize: 13, color: paleInk },
      },
      ...panels.map(({ title }, index) => ({
        text: title,
        ...{ left: left(index), top: edge.top - 32, padding: 0 },
        textStyle: { fontSize: 13, color: ink },
      })),
    ],
    legend: {
      data: panels[0]!.lines.map(({ name }) => name),
      show: across === "sequences" || panels[0]!.lines.length <= namedSeedsMax,
      ...{
        right: 20,
        top: across === "sequences" ? 38 : 15,
        itemWidth: 38,
        itemGap: 18,
        selectedMode: false,
      },
      itemStyle: { opacity: 0 },
      textStyle: { fontSize: 13, color: ink },
    },
    grid: panels.map((_, index) => ({
      ...{ left: left(index), width: panelWidth, top: edge.top, bottom: edge.bottom },
      outerBoundsMode: "none",
    })),
    xAxis: charts.map(({ xAxis }, gridIndex) => ({
      ...(xAxis as { interval: number }),
      ...(panelWidth < 250 && { interval: steps / 2 }),
      ...{
        gridIndex,
        name: across === "steps" ? "training steps" : "sequences trained on",
        nameLocation: "middle",
        nameGap: 30,
      },
      nameTextStyle: { fontSize: 13, color: paleInk },
    })),
    yAxis: charts.map(({ yAxis }, gridIndex) => {
      const axis = yAxis as { axisLabel: object };
      // The vertical axes of shares are all the same.
      const show = gridIndex === 0 || panels[gridIndex]!.figure !== "exact";
      return { ...axis, gridIndex, axisLabel: { ...axis.axisLabel, show } };
    }),
    series: charts.flatMap(({ series }, index) =>
      [...(series as LineSeriesOption[]), ...(panels[index]!.figure === "wrongBits" ? [goal(ink)] : [])].map(
        (one) => ({ ...one, xAxisIndex: index, yAxisIndex: index }),
      ),
    ),
  } as EChartsOption;
  return { title, width, height, option };
}

function goal(color: string): LineSeriesOption {
  return {
    type: "line",
    data: [],
    markLine: {
      ...{ silent: true, symbol: "none", animation: false },
      data: [{ yAxis: goalWrongBits }],
      lineStyle: { color, width: 1.2, type: [4, 4] },
      // The place where no curve has come down yet.
      label: { position: "insideStartTop", formatter: `goal ${goalWrongBits}`, fontSize: 12, color },
    },
  };
}
