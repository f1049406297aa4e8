/** The axes of charts, and how their values read. */

import type { Theme } from "./palette.ts";
import type { ChartName } from "./plot.ts";
import { figure as figureText, secondsText, share, whole } from "./text.ts";

/** What the horizontal axis counts; time is that of training, in seconds, without pauses. */
export type Across = "steps" | "sequences" | "time";

/**
 * A logarithmic axis has no 0. If a value is 0, the axis gets a strip below the lowest other value, whose bottom stands
 * for 0.
 */
export interface LogScale {
  readonly min: number;
  readonly max: number;
  /** Where 0 is drawn; null if no value is 0. */
  readonly zero: number | null;
  /** Returns where a value is drawn. */
  readonly at: (value: number) => number;
  /** Returns the value that is drawn there. */
  readonly from: (at: number) => number;
}

/** The strip's share of the axis. */
const stripShare = 0.09;

/**
 * Ends slightly beyond the values, so that they fill the chart.
 *
 * @returns null if no value is above 0, of which a logarithmic axis would show nothing
 */
export function logScale(values: Iterable<number | null>): LogScale | null {
  let [low, high, isZero] = [Infinity, -Infinity, false];
  for (const value of values) {
    if (value === null) continue;
    if (value <= 0) isZero = true;
    else [low, high] = [Math.min(low, value), Math.max(high, value)];
  }
  if (low > high) return null;
  const round = (value: number, to: (times: number) => number) => {
    const power = Math.floor(Math.log10(value));
    // Written as a decimal, since a product of powers is slightly off.
    return Number(`${to(value / 10 ** power)}e${power}`);
  };
  const min = round(low, (times) => (times >= 5 ? 5 : times >= 2 ? 2 : 1));
  const top = round(high, (times) => (times <= 1 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10));
  const max = Math.max(top, min * 2);
  const zero = isZero ? min / (max / min) ** (stripShare / (1 - stripShare)) : null;
  return {
    ...{ min, max, zero },
    at: (value) => (zero !== null && value <= 0 ? zero : value),
    // Powers are computed from logarithms, so a value that was drawn is slightly off.
    from: (at) => (zero !== null && at < zero * 1.001 ? 0 : at),
  };
}

export interface Axis {
  /** Null for a linear axis. */
  readonly log: LogScale | null;
  readonly theme: Theme;
}

export function yAxis(figure: ChartName, { log, theme }: Axis) {
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
  // Without a largest value above 0 the axis would have no length.
  const max = ({ max }: { max: number }) => (max > 0 ? null : 1);
  if (!log) return { type: "value" as const, min: 0, max, axisLabel: { color }, ...shared };
  // Hide the labels of a long axis's ends, which are not powers of ten and would crowd those.
  const long = log.max / log.min > 50;
  const formatter = (at: number) => {
    if (log.from(at) === 0) return "0";
    // Powers of ten are computed from logarithms, so they are slightly off.
    const rounded = Number(at.toPrecision(6));
    if (rounded < log.min || (long && !rounded.toExponential().startsWith("1e"))) return "";
    return rounded >= 0.001 ? String(rounded) : rounded.toExponential();
  };
  return {
    type: "log" as const,
    ...{ min: log.zero ?? log.min, max: log.max },
    axisLabel: { color, formatter },
    ...shared,
  };
}

/** Returns the interval between labels: 1, 2 or 5 times a power of ten, chosen to give three to six labels. */
export function stepInterval(steps: number): number {
  const wanted = Math.max(1, steps / 5);
  const decade = 10 ** Math.floor(Math.log10(wanted));
  return decade * ([1, 2, 5].find((times) => decade * times >= wanted) ?? 10);
}

/** Seconds between the labels of times. */
const timeIntervals = [
  ...[1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 18_000, 36_000],
  ...[86_400, 2 * 86_400, 5 * 86_400, 10 * 86_400],
];

export function acrossInterval(across: Across, length: number): number {
  if (across !== "time") return stepInterval(length);
  return timeIntervals.find((interval) => interval >= length / 5) ?? stepInterval(length);
}

/** Formats a label of the horizontal axis. */
export function acrossLabel(across: Across, value: number): string {
  return across === "time" ? secondsText(value) : stepText(value);
}

/** Formats a position on the horizontal axis in words. */
export function acrossText(across: Across, value: number): string {
  if (across === "time") return secondsText(value);
  const count = whole(Math.round(value));
  return across === "steps" ? `step ${count}` : `${count} sequences`;
}

/** Formats a step like `20k` or `2M`, or as a whole number below a thousand. */
export function stepText(step: number): string {
  if (step >= 1_000_000) return `${Number((step / 1_000_000).toPrecision(3))}M`;
  return step >= 1000 ? `${Number((step / 1000).toPrecision(3))}k` : String(Math.round(step));
}

export function valueText(figure: ChartName, value: number | null): string {
  return figure === "exact" ? share(value) : figureText(value);
}
