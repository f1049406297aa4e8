/** A task: what the network is to learn. One file for each; a user's own file is a task like any other. */

import type { Draws } from "../random/philox.ts";

/** A whole number, or an inclusive range [lo, hi] that every sequence draws from. */
export type TaskSetting = number | readonly [lo: number, hi: number];
export type TaskSettings = Readonly<Record<string, TaskSetting>>;

/** One sequence; time major, as in a batch of one. */
export interface Sequence {
  readonly times: number;
  /** [time, input] */
  readonly x: Float32Array;
  /** [time, output] */
  readonly y: Float32Array;
  /** [time]: 1 where the output counts. */
  readonly mask: Float32Array;
}

export interface Task {
  /** Letters, digits and '-'. */
  readonly name: string;
  /** Every setting with its default; a setting is at least 1. */
  readonly settings: TaskSettings;
  /** Sizes beyond training that evaluations try, by the range that is set to each of them. */
  readonly beyond: Readonly<Record<string, readonly number[]>>;
  /** Width of an input vector. */
  input(settings: TaskSettings): number;
  /** Width of an output vector. */
  output(settings: TaskSettings): number;
  /** Makes one sequence; the same draws give the same sequence, and a longer range a longer one. */
  sequence(settings: TaskSettings, draws: Draws): Sequence;
}

/** A setting as a number. */
export function count(settings: TaskSettings, name: string): number {
  const setting = settings[name];
  if (typeof setting !== "number")
    throw new TypeError(`Task setting ${name} must be a number, got ${setting}`);
  return setting;
}

/** A setting as a range. */
export function range(settings: TaskSettings, name: string): readonly [number, number] {
  const setting = settings[name];
  if (setting === undefined) throw new TypeError(`Task setting ${name} must be a range, got nothing`);
  return typeof setting === "number" ? [setting, setting] : setting;
}

/** The settings with one range narrowed to a single value. */
export function fixed(settings: TaskSettings, name: string, value: number): TaskSettings {
  range(settings, name);
  return { ...settings, [name]: [value, value] };
}

/** The settings with every range narrowed to its largest value: they make the longest sequences. */
export function longest(settings: TaskSettings): TaskSettings {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) =>
      typeof value === "number" ? [name, value] : [name, [value[1], value[1]] as const],
    ),
  );
}

/** One evaluation's sizes: its name and its settings. */
export interface Split {
  readonly name: string;
  readonly settings: TaskSettings;
}

/** The sizes beyond training: `length-20` is length narrowed to 20. */
export function beyondSplits(task: Task, settings: TaskSettings): Split[] {
  return Object.entries(task.beyond).flatMap(([name, values]) =>
    values.map((value) => ({ name: `${name}-${value}`, settings: fixed(settings, name, value) })),
  );
}
