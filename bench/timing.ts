/** Times contenders by turns, so that other load on the machine affects them all alike. */

import { complain, table } from "@memnet/terminal";
import { Contender, loaded, type Ran, type Start } from "./contender.ts";
import type { Workload } from "./workload.ts";

export interface Bounds {
  /** The largest number of timed iterations. */
  readonly iterations: number;
  /** No turn starts after this much timed work, except the first few iterations, which always run. */
  readonly budgetMs: number;
}

/** Run however slow the work is, since fewer values have no meaningful median. */
export const iterationsMin = 3;

/** The length of a turn: long compared with the cost of switching, short compared with changes of other load. */
const turnMs = 250;

/** The timing of one contender with one workload. */
export interface Timing extends Ran {
  /** The name of an engine or a peer. */
  readonly engine: string;
  readonly preset: string;
  readonly sequences: number;
  /** The number of time steps of each sequence. */
  readonly times: number;
}

/**
 * Times each workload with each contender. Contenders keep running from one workload to the next, since starting a
 * framework takes longer than timing it. One that cannot load the first workload is not started again.
 *
 * @param required contenders that must work
 */
export async function timeByTurns(
  works: readonly Workload[],
  names: readonly string[],
  required: readonly string[],
  bounds: Bounds,
  start: Start,
): Promise<Timing[]> {
  let contenders = names.map((name) => new Contender(name, start));
  const timings: Timing[] = [];
  try {
    for (const [index, work] of works.entries()) {
      contenders = contenders.map((one) => (one.dead ? new Contender(one.name, start) : one));
      const ready = await loaded(contenders, work, required);
      if (index === 0) contenders = ready;
      const { preset, sequences, batch } = work;
      const own = (await measured(ready, bounds)).map((ran, index) => {
        return { engine: ready[index]!.name, preset, sequences, times: batch.times, ...ran };
      });
      const shown = own.map((one) => `${one.engine} ${milliseconds(median(one.milliseconds))} ms`);
      complain(`${preset}, ${sequences} sequences: ${shown.join(", ")}`);
      timings.push(...own);
    }
  } finally {
    for (const contender of contenders) contender.stop();
  }
  return timings;
}

async function measured(contenders: readonly Contender[], bounds: Bounds): Promise<Ran[]> {
  const turns: [Contender, number][] = [];
  for (const contender of contenders) {
    const fastest = Math.min(...(await contender.run(iterationsMin)).milliseconds);
    const turn = Math.max(1, Math.min(bounds.iterations, Math.round(turnMs / fastest)));
    // One more turn, after which every contender is fully warm.
    await contender.run(turn);
    turns.push([contender, turn]);
  }
  return roundsOf(turns, bounds);
}

/** Takes rounds of turns until every contender has its iterations or all have spent the budget, and at least 3. */
export async function roundsOf(
  turns: readonly (readonly [Pick<Contender, "run">, number])[],
  { iterations, budgetMs }: Bounds,
): Promise<Ran[]> {
  const all = turns.map(() => ({ milliseconds: [] as number[], busyMs: 0 as number | null }));
  for (let [fewest, spentMs] = [0, 0]; fewest < iterations; ) {
    if (fewest >= iterationsMin && spentMs >= budgetMs * turns.length) break;
    for (const [index, [contender, turn]] of turns.entries()) {
      const { milliseconds, busyMs } = await contender.run(turn);
      const own = all[index]!;
      own.milliseconds.push(...milliseconds);
      own.busyMs = own.busyMs === null || busyMs === null ? null : own.busyMs + busyMs;
      spentMs += sum(milliseconds);
    }
    fewest = Math.min(...all.map((ran) => ran.milliseconds.length));
  }
  return all;
}

/** Formats medians, minima and ratios to the first contender's median. On a shared machine the minimum is steadier. */
export function timingTable(timings: readonly Timing[]): string {
  const reference = timings[0]?.engine;
  const idle = timings.some(({ busyMs }) => busyMs !== null);
  return table(
    [
      ...["preset", ">T", ">sequences", "engine", ">median ms", ">fastest ms", `>/ ${reference}`],
      ...(idle ? [">device idle"] : []),
    ],
    timings.map(({ preset, times, sequences, engine, milliseconds: all, busyMs }) => {
      const first = timings.find(
        (one) => one.engine === reference && one.preset === preset && one.sequences === sequences,
      );
      return [
        ...[preset, String(times), String(sequences), engine],
        ...[milliseconds(median(all)), milliseconds(Math.min(...all))],
        first ? (median(all) / median(first.milliseconds)).toFixed(2) : "",
        ...(idle ? [busyMs === null ? "" : `${(100 * (1 - busyMs / sum(all))).toFixed(0)} %`] : []),
      ];
    }),
  );
}

/** The rows that `--json` prints as an array. */
export function jsonRow({ engine, preset, sequences, times, milliseconds }: Timing) {
  return { engine, preset, sequences, times, threads: 1, millisecondsMedian: median(milliseconds) };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

export function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

/** Formats three significant digits. */
export function milliseconds(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
