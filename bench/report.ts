/** Formats the bench's output. */

import { table } from "../bin/src/text/table.ts";
import { median } from "./timing.ts";

/** The timing of one contender at one preset and number of sequences. */
export interface Timing {
  /** The name of an engine or a peer. */
  readonly engine: string;
  readonly preset: string;
  readonly sequences: number;
  /** The number of time steps of each sequence. */
  readonly times: number;
  readonly milliseconds: readonly number[];
  /** How many of all these milliseconds a device was computing; null if that is unknown. */
  readonly busyMs?: number | null;
}

/** The rows that `--json` prints as an array. */
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

/** The rows that `--gpu --json` prints as an array. */
export interface GpuRow extends Omit<JsonRow, "threads"> {
  readonly overWebgpu: number | null;
  /** The share of the time in which the device computed nothing; null if that is unknown. */
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

/**
 * Formats each timing's median, its minimum and its number of iterations. On a shared machine the minimum is steadier.
 */
export function timingTable(timings: readonly Timing[]): string {
  return table(
    ["preset", ">T", ">sequences", "engine", ">median ms", ">fastest ms", ">iterations"],
    timings.map((timing) => [...place(timing), ...figures(timing), String(timing.milliseconds.length)]),
  );
}

/** Adds how many times longer each contender takes than wasm at the same preset and number of sequences. */
export function ratioTable(timings: readonly Timing[]): string {
  return table(
    ["preset", ">T", ">sequences", "engine", ">median ms", ">fastest ms", ">/ wasm", ">fastest / wasm"],
    timings.map((timing) => {
      const ratios = ratiosTo("wasm", timing, timings);
      return [...place(timing), ...figures(timing), ratioText(ratios?.median), ratioText(ratios?.fastest)];
    }),
  );
}

/** Shows how many times longer each contender takes than webgpu, and how long the device was idle. */
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

/** How many times longer a contender takes than the named one; null if that one was not timed. */
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

/** Formats three significant digits. */
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
