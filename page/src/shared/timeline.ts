/** A timeline of a run's events, with a row each for faults, recoveries and all other events. */

import type { EChartsOption, ScatterSeriesOption } from "echarts";
import type { RunEvent } from "./api.ts";
import { chartFont, tooltipLook } from "./chart-look.ts";
import type { Theme } from "./palette.ts";

export type EventKind = "fault" | "recovery" | "course";

const kinds: Readonly<Record<string, EventKind>> = {
  ...{ lost: "fault", refused: "fault", poisoned: "fault", slept: "fault", failed: "fault", alarm: "fault" },
  ...{ "not-finite": "fault", skipped: "fault", mismatch: "fault", diverging: "fault" },
  ...{ disputed: "fault", doubt: "fault", quarantined: "fault", strayed: "fault", unsummed: "fault" },
  ...{ "checkpoint-set-aside": "fault", "evaluation-failed": "fault", "records-mended": "fault" },
  ...{ recovered: "recovery", returned: "recovery" },
};

/** Classifies an event. Joining, leaving, waiting, beginning and ending belong to the normal course of a run. */
export function kindOf({ event }: Pick<RunEvent, "event">): EventKind {
  return (Object.hasOwn(kinds, event) && kinds[event]) || "course";
}

interface Row {
  readonly kind: EventKind;
  readonly name: string;
  readonly symbol: string;
  readonly colour: (theme: Theme) => string;
}

/** The rows, bottom first, like the axis. */
const rows: readonly Row[] = [
  { kind: "course", name: "Course", symbol: "diamond", colour: ({ paleInk }) => paleInk },
  { kind: "recovery", name: "Recoveries", symbol: "circle", colour: ({ colours }) => colours[2]! },
  { kind: "fault", name: "Faults", symbol: "triangle", colour: ({ colours }) => colours[1]! },
];

const spanMsMin = 60_000;

export function timelineOption(events: readonly RunEvent[], theme: Theme): EChartsOption {
  const series = rows.map(
    ({ kind, name, symbol, colour }): ScatterSeriesOption => ({
      type: "scatter",
      id: kind,
      name,
      symbol,
      symbolSize: kind === "course" ? 9 : 12,
      itemStyle: { color: colour(theme), opacity: 0.8 },
      emphasis: { disabled: true },
      // The third value links a mark to its event.
      data: events.flatMap((event, index) =>
        kindOf(event) === kind ? [{ value: [Date.parse(event.time), name, index] }] : [],
      ),
    }),
  );
  return {
    animation: false,
    useUTC: true,
    textStyle: chartFont,
    grid: { left: 78, right: 18, top: 8, bottom: 26, outerBoundsMode: "none" },
    xAxis: {
      type: "time",
      ...span(events),
      axisLabel: { color: theme.paleInk, hideOverlap: true },
      axisLine: { lineStyle: { color: theme.paleInk } },
      splitNumber: 4,
    },
    yAxis: {
      type: "category",
      data: rows.map(({ name }) => name),
      axisLabel: { color: theme.ink },
      axisLine: { show: false },
      axisTick: { show: false },
      splitLine: { show: true, lineStyle: { color: theme.rule } },
    },
    tooltip: {
      trigger: "item",
      ...tooltipLook(theme),
      formatter: (mark) => {
        const [, , index] = (mark as unknown as { value: [number, string, number] }).value;
        const { time, event, text } = events[index]!;
        return `${clockText(time)} ${event}\n${text}`;
      },
    },
    series,
  };
}

/** Returns the time axis, at least a minute long, so that events within the first second stay close together. */
function span(events: readonly RunEvent[]): { min: number; max: number } | undefined {
  const [first, last] = [events[0], events.at(-1)];
  if (!first || !last) return undefined;
  const min = Date.parse(first.time);
  return { min, max: Math.max(Date.parse(last.time), min + spanMsMin) };
}

/** Formats a time like `2026-01-02 03:04:05`, in UTC. */
export function clockText(iso: string): string {
  return iso.replace("T", " ").slice(0, 19);
}

/** Describes the timeline in words for screen readers. */
export function timelineText(events: readonly RunEvent[]): string {
  const count = (kind: EventKind, one: string, many: string) => {
    const found = events.filter((event) => kindOf(event) === kind).length;
    return `${found} ${found === 1 ? one : many}`;
  };
  const newest = events.findLast((event) => kindOf(event) === "fault");
  const last = newest ? ` The newest fault: ${newest.event} at ${clockText(newest.time)}.` : "";
  const counts = `${count("fault", "fault", "faults")}, ${count("recovery", "recovery", "recoveries")}`;
  return `Time line of ${events.length} events: ${counts}.${last}`;
}
