/** Builds the ECharts options for one figure over training. The page and the report share it. */

import type { CustomSeriesOption, EChartsOption, LineSeriesOption } from "echarts";
import type { Stage } from "./api.ts";
import {
  type Across,
  acrossInterval,
  acrossLabel,
  acrossText,
  type LogScale,
  logScale,
  valueText,
  yAxis,
} from "./axis.ts";
import { chartFont, tooltipLook } from "./chart-look.ts";
import { lineStyle, type Theme } from "./palette.ts";
import type { Span } from "./part.ts";
import type { ChartName, Level, Place, PlotLine } from "./plot.ts";
import { figure as figureText } from "./text.ts";

export interface Chart {
  readonly figure: ChartName;
  readonly lines: readonly PlotLine[];
  readonly scale: "log" | "linear";
  readonly theme: Theme;
  /** Where the horizontal axis ends. */
  readonly steps: number;
  /** What the horizontal axis counts; steps by default. */
  readonly across?: Across;
  /** The part that is shown, which the mouse can change; null is the whole. Without it the mouse changes nothing. */
  readonly zoom?: Span | null;
  /** Values to compare the lines with. */
  readonly levels: readonly Level[];
  readonly stages: readonly Stage[];
}

export const chartTitles: Readonly<Record<ChartName, string>> = {
  loss: "Loss, bits per sequence",
  lossBits: "Loss, bits per sequence",
  wrongBits: "Wrong bits per sequence",
  exact: "Exact sequences",
  gradient: "Gradient norm before clipping",
  rate: "Learning rate",
};

export function chartOption(shown: Chart): EChartsOption {
  const { figure, lines, scale, theme, steps, levels, stages, across = "steps" } = shown;
  const { zoom } = shown;
  const end = Math.max(1, steps);
  const [from, to] = zoom ?? [0, end];
  const isLog = scale === "log" && isLogarithmic(figure);
  const log = isLog ? logScale(valuesIn(lines, levels, [from, to])) : null;
  const placed = (points: readonly Place[]) =>
    points.map(([at, value]) => [at, log && value !== null ? log.at(value) : value]);
  const series: (LineSeriesOption | CustomSeriesOption)[] = lines.flatMap((line) => {
    const { color, dash } = lineStyle(theme, line.style);
    if (line.pale) return [paleLine(line, placed(line.points), theme)];
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
    const faint = (id: string, points: readonly Place[], opacity: number): LineSeriesOption => ({
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
    const beside: (LineSeriesOption | CustomSeriesOption)[] = [];
    if (line.area) beside.push(areaSeries(line.key, placed(line.area), color, theme));
    if (line.band) beside.push(faint("band", line.band, theme.dark ? 0.34 : 0.26));
    if (line.ahead && line.ahead.length > 0) {
      const newest = line.points.at(-1);
      beside.push(faint("ahead", newest ? [newest, ...line.ahead] : line.ahead, 0.6));
    }
    return [...beside, main];
  });
  const interval = acrossInterval(across, to - from);
  if (log?.zero != null) series.push(zeroStrip(log, log.zero, theme));
  series.push(
    ...levels.map((level) => levelLine(level, theme)),
    ...stages.map((stage) => stageLine(stage, theme)),
  );
  return {
    animation: false,
    textStyle: chartFont,
    title: {
      show: lines.every(({ points, ahead = [] }) => points.length === 0 && ahead.length === 0),
      text: "No figures yet",
      left: "center",
      top: "middle",
      backgroundColor: theme.ground,
      textStyle: { color: theme.paleInk, fontSize: 13, fontWeight: "normal" },
    },
    grid: { left: 54, right: levels.length > 0 ? 76 : 16, top: 14, bottom: 30, outerBoundsMode: "none" },
    xAxis: {
      type: "value",
      min: 0,
      max: end,
      interval,
      axisLabel: {
        ...{ color: theme.paleInk, hideOverlap: true, alignMaxLabel: "right" as const },
        formatter: (value: number) => acrossLabel(across, value),
        ...{ showMinLabel: from % interval === 0, showMaxLabel: to % interval === 0 },
      },
      axisLine: { lineStyle: { color: theme.paleInk } },
      splitLine: { show: false },
      axisPointer: { label: { formatter: ({ value }) => acrossText(across, Number(value)) } },
    },
    yAxis: yAxis(figure, { log, theme }),
    ...(zoom === undefined ? {} : { dataZoom: [zooming([from, to])] }),
    tooltip: {
      trigger: "axis",
      ...tooltipLook(theme),
      valueFormatter: (value) =>
        valueText(figure, typeof value === "number" && log ? log.from(value) : (value as number | null)),
      axisPointer: { lineStyle: { color: theme.paleInk } },
    },
    series,
  };
}

/** Whether a figure's chart can have a logarithmic axis. */
export function isLogarithmic(figure: ChartName): boolean {
  return figure !== "exact" && figure !== "rate";
}

/** The wheel zooms with Ctrl alone, since without it the wheel scrolls the page; dragging moves what is shown. */
function zooming([startValue, endValue]: Span) {
  return {
    ...{ type: "inside" as const, startValue, endValue, filterMode: "none" as const },
    ...{ zoomOnMouseWheel: "ctrl" as const, preventDefaultMouseMove: false },
  };
}

function* valuesIn(
  lines: readonly PlotLine[],
  levels: readonly Level[],
  [from, to]: Span,
): Generator<number | null> {
  for (const { value } of levels) yield value;
  for (const { points, band = [], ahead = [], area = [] } of lines) {
    for (const row of [points, band, ahead, area]) {
      for (const [at, value] of row) if (at >= from && at <= to) yield value;
    }
  }
}

/** Shades the strip whose bottom stands for 0, to show that the axis is broken there. */
function zeroStrip({ min }: LogScale, zero: number, theme: Theme): LineSeriesOption {
  return {
    type: "line",
    id: "zero",
    data: [],
    markArea: {
      silent: true,
      itemStyle: { color: theme.rule, opacity: theme.dark ? 0.5 : 0.6 },
      data: [[{ yAxis: zero }, { yAxis: min }]],
    },
  };
}

type Placed = (number | null)[][];

function paleLine({ key, pale, style }: PlotLine, data: Placed, theme: Theme): LineSeriesOption {
  const color = pale === "seed" ? lineStyle(theme, style).color : theme.paleInk;
  return {
    type: "line",
    id: key,
    data: data as LineSeriesOption["data"] & object,
    symbol: "none",
    silent: true,
    lineStyle: { color, width: 0.8, opacity: pale === "seed" ? 0.8 : 0.35 },
    itemStyle: { color },
    tooltip: { show: false },
    emphasis: { disabled: true },
    z: 2,
  };
}

/** Fills an outline. Stacked lines, ECharts' usual way, cannot be on a logarithmic axis. */
function areaSeries(key: string, outline: Placed, color: string, theme: Theme): CustomSeriesOption {
  return {
    type: "custom",
    id: `${key} area`,
    data: outline,
    silent: true,
    tooltip: { show: false },
    z: 1,
    // Every point of the outline is an item, so that the axes include it; the first draws all.
    renderItem: ({ dataIndex }, { coord }) =>
      dataIndex === 0
        ? {
            type: "polygon",
            shape: { points: outline.map((point) => coord(point as number[])) },
            style: { fill: color, opacity: theme.dark ? 0.22 : 0.15 },
          }
        : null,
  };
}

function levelLine({ name, value }: Level, theme: Theme): LineSeriesOption {
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
        // Beside the chart, where no line is.
        position: "end",
        formatter: `${name}\n${figureText(value)}`,
        color: theme.paleInk,
        fontSize: 11,
        lineHeight: 13,
      },
    },
    // Below the lines of data.
    z: 1,
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

/** Describes the chart in words for screen readers. */
export function chartText(figure: ChartName, lines: readonly PlotLine[], across: Across = "steps"): string {
  const newest = lines.flatMap(({ name, points, pale }) => {
    const last = pale ? undefined : points.findLast(([, value]) => value !== null);
    return last ? [`${name} ${valueText(figure, last[1])} at ${acrossText(across, last[0])}`] : [];
  });
  return `${chartTitles[figure]} against training ${across}. ${newest.length > 0 ? `Newest: ${newest.join("; ")}.` : "No figures yet."}`;
}
