/** Builds the ECharts options for one figure over training steps. The page and the report share it. */

import type { EChartsOption, LineSeriesOption } from "echarts";
import type { Stage } from "./api.ts";
import { lineStyle, type Theme } from "./palette.ts";
import type { ChartName, Level, PlotLine } from "./plot.ts";
import { figure as figureText, share, whole } from "./text.ts";

export interface Chart {
  readonly figure: ChartName;
  readonly lines: readonly PlotLine[];
  readonly scale: "log" | "linear";
  readonly theme: Theme;
  /** Where the step axis ends. */
  readonly steps: number;
  /** Values to compare the lines with. */
  readonly levels: readonly Level[];
  readonly stages: readonly Stage[];
}

export const chartTitles: Readonly<Record<ChartName, string>> = {
  loss: "Loss, nats per sequence",
  wrongBits: "Wrong bits per sequence",
  exact: "Exact sequences",
  rate: "Learning rate",
};

/** The value at which a logarithmic axis shows 0: one mistake in a thousand sequences. */
const floor = 0.001;

export function chartOption({ figure, lines, scale, theme, steps, levels, stages }: Chart): EChartsOption {
  const log = scale === "log" && figure !== "exact" && figure !== "rate";
  const placed = (points: PlotLine["points"]) =>
    points.map(([step, value]) => [step, log && value !== null ? Math.max(value, floor) : value]);
  const onFloor =
    log && lines.some(({ points }) => points.some(([, value]) => value !== null && value <= floor));
  const series: LineSeriesOption[] = lines.flatMap((line) => {
    const { color, dash } = lineStyle(theme, line.style);
    const marked = line.points.length < 40 && !line.band;
    const main: LineSeriesOption = {
      type: "line",
      id: line.key,
      name: line.name,
      data: placed(line.points) as LineSeriesOption["data"] & object,
      symbol: marked ? "circle" : "none",
      symbolSize: 5,
      lineStyle: { color, width: 1.8, type: dash.length > 0 ? [...dash] : "solid" },
      itemStyle: { color },
      emphasis: { disabled: true },
      z: 3,
    };
    const faint = (id: string, points: PlotLine["points"], opacity: number): LineSeriesOption => ({
      type: "line",
      id: `${line.key} ${id}`,
      data: placed(points) as LineSeriesOption["data"] & object,
      symbol: "none",
      silent: true,
      lineStyle: { color, width: 1, opacity },
      itemStyle: { color },
      tooltip: { show: false },
      emphasis: { disabled: true },
      z: 2,
    });
    const beside = [];
    if (line.band) beside.push(faint("band", line.band, theme.dark ? 0.34 : 0.26));
    if (line.ahead && line.ahead.length > 0) {
      const end = line.points.at(-1);
      beside.push(faint("ahead", end ? [end, ...line.ahead] : line.ahead, 0.6));
    }
    return [...beside, main];
  });
  const interval = stepInterval(steps);
  series.push(
    ...levels.map((level) => levelLine(level, theme)),
    ...stages.map((stage) => stageLine(stage, theme)),
  );
  return {
    animation: false,
    textStyle: { fontFamily: "system-ui, 'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif" },
    title: {
      show: lines.every(({ points, ahead = [] }) => points.length === 0 && ahead.length === 0),
      text: "No figures yet",
      left: "center",
      top: "middle",
      backgroundColor: theme.ground,
      textStyle: { color: theme.paleInk, fontSize: 13, fontWeight: "normal" },
    },
    grid: { left: 54, right: 16, top: 14, bottom: 30, outerBoundsMode: "none" },
    xAxis: {
      type: "value",
      min: 0,
      max: Math.max(1, steps),
      interval,
      axisLabel: {
        ...{ color: theme.paleInk, formatter: stepText, hideOverlap: true, alignMaxLabel: "right" as const },
        showMaxLabel: steps % interval === 0,
      },
      axisLine: { lineStyle: { color: theme.paleInk } },
      splitLine: { show: false },
      axisPointer: { label: { formatter: ({ value }) => `step ${whole(Math.round(Number(value)))}` } },
    },
    yAxis: yAxis(figure, { log, onFloor, theme, ends: logEnds(lines, levels) }),
    tooltip: {
      trigger: "axis",
      // Draw the text on the canvas: an HTML tooltip would need styles that the page's security policy forbids.
      renderMode: "richText",
      confine: true,
      backgroundColor: theme.ground,
      borderColor: theme.rule,
      textStyle: { color: theme.ink, fontSize: 12 },
      valueFormatter: (value) => valueText(figure, value as number | null),
      axisPointer: { lineStyle: { color: theme.paleInk } },
    },
    series,
  };
}

interface Axis {
  readonly log: boolean;
  /** Whether the lowest line stands for 0. */
  readonly onFloor: boolean;
  readonly theme: Theme;
  readonly ends: { readonly min: number; readonly max: number } | undefined;
}

function yAxis(figure: ChartName, { log, onFloor, theme, ends }: Axis) {
  const shared = {
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: theme.rule } },
  };
  const color = theme.paleInk;
  if (figure === "exact") {
    const formatter = (value: number) => `${Math.round(value * 100)} %`;
    return {
      type: "value" as const,
      min: 0,
      max: 1,
      interval: 0.25,
      axisLabel: { color, formatter },
      ...shared,
    };
  }
  if (!log) return { type: "value" as const, min: 0, axisLabel: { color }, ...shared };
  // Hide the labels of a long axis's ends, which are not powers of ten and would crowd those.
  const long = ends !== undefined && ends.max / ends.min > 50;
  const decade = (value: number) => {
    if (value <= floor * 1.001 && onFloor) return "0";
    // Powers of ten are computed from logarithms, so they are slightly off.
    const rounded = Number(value.toPrecision(6));
    return long && !rounded.toExponential().startsWith("1e") ? "" : String(rounded);
  };
  return {
    type: "log" as const,
    ...ends,
    axisLabel: { color, formatter: decade },
    ...shared,
  };
}

/** Returns ends slightly beyond the values, so that they fill the chart; undefined if there are none. */
function logEnds(lines: readonly PlotLine[], levels: readonly Level[]): Axis["ends"] {
  let [low, high] = [Infinity, Math.max(...levels.map(({ value }) => value))];
  for (const { points, band = [], ahead = [] } of lines) {
    for (const row of [points, band, ahead]) {
      for (const [, value] of row) {
        if (value === null) continue;
        low = Math.min(low, Math.max(value, floor));
        high = Math.max(high, value);
      }
    }
  }
  if (low > high) return undefined;
  const round = (value: number, to: (steps: number) => number) => {
    const decade = 10 ** Math.floor(Math.log10(value));
    return decade * to(value / decade);
  };
  const min = round(low, (times) => (times >= 5 ? 5 : times >= 2 ? 2 : 1));
  const max = round(Math.max(high, floor * 2), (times) => (times <= 2 ? 2 : times <= 5 ? 5 : 10));
  return { min, max };
}

function levelLine({ name, value, position }: Level, theme: Theme): LineSeriesOption {
  return {
    type: "line",
    id: name,
    data: [],
    markLine: {
      silent: true,
      symbol: "none",
      animation: false,
      data: [{ yAxis: value }],
      lineStyle: { color: theme.paleInk, width: 1.2, type: [4, 4] },
      label: {
        position,
        formatter: `${name} ${figureText(value)}`,
        color: theme.paleInk,
        fontSize: 11,
      },
    },
  };
}

/** Marks the step at which a stage of the curriculum begins. */
function stageLine({ from, settings }: Stage, theme: Theme): LineSeriesOption {
  return {
    type: "line",
    id: `stage ${from}`,
    data: [],
    markLine: {
      silent: true,
      symbol: "none",
      animation: false,
      data: [{ xAxis: from }],
      lineStyle: { color: theme.paleInk, width: 1, type: [2, 3] },
      label: { position: "insideEndBottom", formatter: settings, color: theme.paleInk, fontSize: 11 },
    },
  };
}

/** Returns the interval between labels: 1, 2 or 5 times a power of ten, chosen to give three to six labels. */
export function stepInterval(steps: number): number {
  const wanted = Math.max(1, steps / 5);
  const decade = 10 ** Math.floor(Math.log10(wanted));
  return decade * ([1, 2, 5].find((times) => decade * times >= wanted) ?? 10);
}

/** Formats a step like `20k`, or as a whole number below a thousand. */
export function stepText(step: number): string {
  return step >= 1000 ? `${Number((step / 1000).toPrecision(3))}k` : String(Math.round(step));
}

export function valueText(figure: ChartName, value: number | null): string {
  return figure === "exact" ? share(value) : figureText(value);
}

/** Describes the chart in words for screen readers. */
export function chartText(figure: ChartName, lines: readonly PlotLine[]): string {
  const newest = lines.flatMap(({ name, points }) => {
    const last = points.findLast(([, value]) => value !== null);
    return last ? [`${name} ${valueText(figure, last[1])} at step ${whole(last[0])}`] : [];
  });
  return `${chartTitles[figure]} against training steps. ${newest.length > 0 ? `Newest: ${newest.join("; ")}.` : "No figures yet."}`;
}
