/** The axes of charts, and how their values read. */

import type { Theme } from "./palette.ts";
import type { ChartName } from "./plot.ts";
import { figure as figureText, share } from "./text.ts";

/** The value at which a logarithmic axis shows 0: one mistake in a thousand sequences. */
export const floor = 0.001;

export interface Axis {
  readonly log: boolean;
  /** Whether the lowest line stands for 0. */
  readonly onFloor: boolean;
  readonly theme: Theme;
  readonly ends: { readonly min: number; readonly max: number } | undefined;
}

export function yAxis(figure: ChartName, { log, onFloor, theme, ends }: Axis) {
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
export function logEnds(values: Iterable<number | null>): Axis["ends"] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value === null) continue;
    low = Math.min(low, Math.max(value, floor));
    high = Math.max(high, value);
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

/** Returns the interval between labels: 1, 2 or 5 times a power of ten, chosen to give three to six labels. */
export function stepInterval(steps: number): number {
  const wanted = Math.max(1, steps / 5);
  const decade = 10 ** Math.floor(Math.log10(wanted));
  return decade * ([1, 2, 5].find((times) => decade * times >= wanted) ?? 10);
}

/** Formats a step like `20k` or `2M`, or as a whole number below a thousand. */
export function stepText(step: number): string {
  if (step >= 1_000_000) return `${Number((step / 1_000_000).toPrecision(3))}M`;
  return step >= 1000 ? `${Number((step / 1000).toPrecision(3))}k` : String(Math.round(step));
}

export function valueText(figure: ChartName, value: number | null): string {
  return figure === "exact" ? share(value) : figureText(value);
}
