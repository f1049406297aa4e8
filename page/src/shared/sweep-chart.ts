/** The charts of a sweep: its points' curves, and their figures by setting. The page and the report share them. */

import type { EChartsOption, ScatterSeriesOption } from "echarts";
import { type Across, logScale, stepText, yAxis } from "./axis.ts";
import { chartFont, tooltipLook } from "./chart-look.ts";
import { lineStyle, type Theme } from "./palette.ts";
import type { PlotLine } from "./plot.ts";
import { type BandCurve, type CurveFigure, isLogarithmic, numbersOf, type SweepPoint } from "./sweep.ts";
import { type SettingFigure, settingFigureNames, settingFigureText } from "./sweep-text.ts";

/** How many points are drawn with colour and band; more could not be told apart. The others' medians stay pale. */
export const drawnMax = 12;

export interface StyledPoint {
  readonly point: SweepPoint;
  readonly style: number;
  /** Whether its seeds are drawn too. */
  readonly open: boolean;
}

export interface SweepLines {
  readonly figure: CurveFigure;
  readonly across: Across;
  readonly drawn: readonly StyledPoint[];
  readonly others: readonly SweepPoint[];
  /** The name of a point without a label. */
  readonly sweep: string;
}

/** A line of a point, or of one of its seeds. */
export interface SweepLine extends PlotLine {
  /** The point's label. */
  readonly group: string;
}

export function sweepLines({ figure, across, drawn, others, sweep }: SweepLines): SweepLine[] {
  const median = (point: SweepPoint) =>
    placed(placesOf(point, point.band, across), point.band[figure]?.median);
  return [
    ...others.map((point) => ({
      ...{ key: `other ${point.label}`, name: point.label, group: point.label },
      ...{ style: 0, pale: "other" as const },
      points: median(point),
    })),
    ...drawn.flatMap(({ point, style, open }) => {
      const { label, runs } = point;
      const seeds = (open ? runs : []).map(({ run, seed, curve }) => ({
        ...{ key: `run ${run}`, name: `${label} seed ${seed}`, group: label, style, pale: "seed" as const },
        points: placed(placesOf(point, curve, across), curve[figure]),
      }));
      const line = { key: `point ${label}`, name: label || sweep, group: label, style };
      return [...seeds, { ...line, points: median(point), area: areaOf(point, figure, across) }];
    }),
  ];
}

/** Returns where the values of a curve are on the horizontal axis. */
function placesOf(
  { sequencesPerStep }: SweepPoint,
  { steps, seconds }: Pick<BandCurve, "steps" | "seconds">,
  across: Across,
): readonly number[] {
  if (across === "time") return seconds ?? [];
  return across === "steps" ? steps : steps.map((step) => step * (sequencesPerStep ?? 1));
}

/** @param values undefined gives no points */
function placed(places: readonly number[], values: readonly (number | null)[] | undefined) {
  return values === undefined ? [] : places.map((place, index) => [place, values[index] ?? null] as const);
}

/** Along the upper quartile, and back along the lower. */
function areaOf(point: SweepPoint, figure: CurveFigure, across: Across) {
  const { lower, upper } = point.band[figure] ?? {};
  const places = placesOf(point, point.band, across);
  const edge = (values: readonly (number | null)[] | undefined) =>
    placed(places, values).filter((at): at is readonly [number, number] => at[1] !== null);
  return [...edge(upper), ...edge(lower).reverse()];
}

export interface SettingChart {
  readonly path: string;
  readonly by: SettingFigure;
  readonly points: readonly SweepPoint[];
  readonly scale: "log" | "linear";
  readonly theme: Theme;
}

/** A dot for each point: the setting's value against the median figure. */
export function settingOption({ path, by, points, scale, theme }: SettingChart): EChartsOption {
  const shown = dotsOf(points, path, by);
  const texts = [...new Set(shown.map(({ text }) => text))];
  const numbers = numbersOf(texts);
  const log = scale === "log" && by !== "exact" ? logScale(shown.map(({ value }) => value)) : null;
  const data = shown.map(({ text, value, label }) => ({
    value: [numbers ? Number(text) : text, log ? log.at(value) : value],
    name: label,
  }));
  const { color } = lineStyle(theme, 0);
  const series: ScatterSeriesOption = {
    type: "scatter",
    data,
    symbolSize: 9,
    itemStyle: { color, opacity: 0.75 },
    emphasis: { disabled: true },
  };
  const label = { color: theme.paleInk, hideOverlap: true };
  const axisLine = { lineStyle: { color: theme.paleInk } };
  const y = yAxis(by === "sequences" ? "lossBits" : by, { log, theme });
  return {
    animation: false,
    textStyle: chartFont,
    title: {
      ...{ show: shown.length === 0, text: "No figures yet", left: "center", top: "middle" },
      textStyle: { color: theme.paleInk, fontSize: 13, fontWeight: "normal" },
    },
    grid: { left: 54, right: 18, top: 14, bottom: 30, outerBoundsMode: "none" },
    xAxis: numbers
      ? {
          ...axisOf(numbers),
          axisLabel: {
            ...label,
            ...{ showMinLabel: false, showMaxLabel: false },
            formatter: (value: number) => String(Number(value.toPrecision(3))),
          },
          axisLine,
          splitLine: { show: false },
        }
      : { type: "category", data: texts, axisLabel: label, axisLine },
    yAxis: by === "sequences" ? { ...y, axisLabel: { color: theme.paleInk, formatter: stepText } } : y,
    tooltip: {
      trigger: "item",
      ...tooltipLook(theme),
      formatter: (params) => {
        const { text, value, label } = shown[(params as { dataIndex: number }).dataIndex]!;
        return `${label}\n${path} ${text}\n${settingFigureNames[by]} ${settingFigureText(by, value)}`;
      },
    },
    series: [series],
  };
}

/** The axis ends a little beyond the outermost values, so that no dot lies on its end. */
function axisOf(values: readonly number[]) {
  const [lowest, highest] = [Math.min(...values), Math.max(...values)];
  if (isLogarithmic(values)) {
    const margin = (highest / lowest) ** 0.05;
    return { type: "log" as const, min: lowest / margin, max: highest * margin };
  }
  const margin = (highest - lowest || 1) * 0.05;
  return { type: "value" as const, min: lowest - margin, max: highest + margin };
}

interface Dot {
  readonly label: string;
  readonly text: string;
  readonly value: number;
}

function dotsOf(points: readonly SweepPoint[], path: string, by: SettingFigure): Dot[] {
  return points.flatMap(({ label, settings, spreads }) => {
    const [text, value] = [settings[path], spreads[by]?.median];
    return text === undefined || value === undefined ? [] : [{ label, text, value }];
  });
}

/** Returns the paths of settings with more than one value, which have a chart each. */
export function variedPaths(paths: readonly string[], points: readonly SweepPoint[]): string[] {
  return paths.filter((path) => new Set(points.map(({ settings }) => settings[path])).size > 1);
}

/** Describes a setting's chart in words for screen readers. */
export function settingText(path: string, by: SettingFigure, points: readonly SweepPoint[]): string {
  const dots = dotsOf(points, path, by);
  const told = dots.slice(0, drawnMax).map(({ text, value }) => `${text}: ${settingFigureText(by, value)}`);
  const more = dots.length > told.length ? ` and ${dots.length - told.length} more` : "";
  return `${settingFigureNames[by]} by ${path}. ${told.length > 0 ? told.join("; ") + more : "No figures yet"}.`;
}
