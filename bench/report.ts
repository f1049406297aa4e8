/** What the bench prints. */

import { table } from "../bin/src/text/table.ts";
import { median } from "./timing.ts";

/** One contender at one preset and size. */
export interface Timing {
  /** An engine's name or a peer's. */
  readonly engine: string;
  readonly preset: string;
  readonly sequences: number;
  /** Time steps of each sequence. */
  readonly times: number;
  readonly milliseconds: readonly number[];
  /** How many of them all a device computed; null where nobody can tell. */
  readonly busyMs?: number | null;
}

/** What `--json` prints, an array of these. */
export interface JsonRow {
  readonly engine: string;
  readonly preset: string;
  readonly sequences: number;
  readonly times: number;
  readonly threads: 1;
  readonly millisecondsMedian: number;
}

export function jsonRow({ engine, preset, sequences, times, milliseconds }: Timing): JsonRow {
  return { engine, preset, sequences, times, threads: 1, millisecondsMedian: median(milliseconds) };
}

/** What `--gpu --json` prints, an array of these. */
export interface GpuRow extends Omit<JsonRow, "threads"> {
  readonly overWebgpu: number | null;
  /** Share of the time in which the device computed nothing; null where nobody can tell. */
  readonly idleShare: number | null;
}

export function gpuRow(timing: Timing, timings: readonly Timing[]): GpuRow {
  const { threads: _, ...row } = jsonRow(timing);
  const overWebgpu = ratiosTo("webgpu", timing, timings)?.median ?? null;
  return { ...row, overWebgpu, idleShare: idleShare(timing) };
}

function idleShare({ milliseconds, busyMs = null }: Timing): number | null {
  if (busyMs === null) return null;
  return 1 - busyMs / milliseconds.reduce((sum, one) => sum + one, 0);
}

/** A median, the fastest, and how many there were: on a shared machine the fastest is the steadier one. */
export function timingTable(timings: readonly Timing[]): string {
  return table(
    ["preset", ">T", ">sequences", "engine", ">median ms", ">fastest ms", ">iterations"],
    timings.map((timing) => [...place(timing), ...figures(timing), String(timing.milliseconds.length)]),
  );
}

/** The same with how many times longer each takes than wasm does at the same preset and size. */
export function ratioTable(timings: readonly Timing[]): string {
  return table(
    ["preset", ">T", ">sequences", "engine", ">median ms", ">fastest ms", ">/ wasm", ">fastest / wasm"],
    timings.map((timing) => {
      const ratios = ratiosTo("wasm", timing, timings);
      return [...place(timing), ...figures(timing), ratioText(ratios?.median), ratioText(ratios?.fastest)];
    }),
  );
}

/** How many times longer each takes than webgpu does, and how long the device had nothing to do. */
export function gpuTable(timings: readonly Timing[]): string {
  return table(
    ["preset", ">T", ">sequences", "contender", ">median ms", ">fastest ms", ">/ webgpu", ">device idle"],
    timings.map((timing) => {
      const idle = idleShare(timing);
      return [
        ...place(timing),
        ...figures(timing),
        ratioText(ratiosTo("webgpu", timing, timings)?.median),
        idle === null ? "" : `${(100 * idle).toFixed(0)} %`,
      ];
    }),
  );
}

export interface Ratios {
  readonly median: number;
  readonly fastest: number;
}

/** How many times longer a contender takes than the named one; null where that one was not timed. */
export function ratiosTo(name: string, timing: Timing, timings: readonly Timing[]): Ratios | null {
  const other = timings.find(
    ({ engine, preset, sequences }) =>
      engine === name && preset === timing.preset && sequences === timing.sequences,
  );
  if (!other) return null;
  return {
    median: median(timing.milliseconds) / median(other.milliseconds),
    fastest: Math.min(...timing.milliseconds) / Math.min(...other.milliseconds),
  };
}

/** Three significant digits. */
export function milliseconds(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

export function ratioText(value: number | undefined): string {
  return value === undefined ? "" : value.toFixed(2);
}

function place({ preset, times, sequences, engine }: Timing): string[] {
  return [preset, String(times), String(sequences), engine];
}

function figures(timing: Timing): string[] {
  return [milliseconds(median(timing.milliseconds)), milliseconds(Math.min(...timing.milliseconds))];
}
