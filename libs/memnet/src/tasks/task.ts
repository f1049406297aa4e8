/** A task, which the network learns. Each is one file, and a user's own file is a task like any other. */

import * as z from "zod";
import type { Batch } from "../batch.ts";
import type { Draws } from "../random/philox.ts";

/** A whole number from 1 to 1,000,000, or an inclusive range [lo, hi] of them from which every sequence draws. */
export type TaskSetting = number | readonly [lo: number, hi: number];

/** A task's settings by name. */
export type TaskSettings = Readonly<Record<string, TaskSetting>>;

/** Keeps ranges below 2²¹, for which the draw of an integer is exact in float64. */
const sizeMax = 1_000_000;
export const taskSize = z.int().min(1).max(sizeMax);
export const taskSetting = z.union(
  [
    taskSize,
    z
      .tuple([taskSize, taskSize])
      .refine(([lo, hi]) => lo <= hi, "a range's first number must not be above its second"),
  ],
  "must be a whole number from 1 or a range [lo, hi]",
);

/** One sequence, time by time: a batch of one. */
export interface Sequence {
  /** Times, at least 1. */
  readonly times: number;
  /** Inputs, [time, input], finite. */
  readonly x: Float32Array;
  /** Targets, [time, output], from 0 to 1. */
  readonly y: Float32Array;
  /** [time], 1 where the output counts, at least once, else 0. */
  readonly mask: Float32Array;
}

/** A name for each channel of an input vector and of an output vector. */
export interface Channels {
  /** [input] */
  readonly input: readonly string[];
  /** [output] */
  readonly output: readonly string[];
}

/** A sequence of zeros. */
export function blankSequence(times: number, input: number, output: number): Sequence {
  const zeros = (width: number) => new Float32Array(times * width);
  return { times, x: zeros(input), y: zeros(output), mask: zeros(1) };
}

/**
 * A task, which a network learns, as `defineTask` returns it. `train` and every command try it before they use it, and
 * refuse it with a TaskError that names the broken rule.
 */
export interface Task<Settings extends TaskSettings = TaskSettings> {
  /** At most 64 letters, digits and '-'. */
  readonly name: string;
  /** Every setting, at least 1, with its default. */
  readonly settings: Settings;
  /** Sizes beyond training for evaluations, by the name of the range that is set to each of them. */
  readonly beyond: Readonly<Record<string, readonly number[]>>;
  /** Width of an input vector. */
  input(settings: TaskSettings): number;
  /** Width of an output vector. */
  output(settings: TaskSettings): number;
  /** Makes one sequence in new arrays. The same draws give the same sequence; a larger range must give longer ones. */
  sequence(settings: TaskSettings, draws: Draws): Sequence;
  /** Names the channels of inputs and of outputs, for pictures of episodes; numbers, from 0, if omitted. */
  channels?(settings: TaskSettings): Channels;
  /**
   * The least loss that any model can expect on the batch, in nats, summed over its sequences; 0 if omitted. By luck a
   * model may stay below it on a single batch.
   */
  floor?(settings: TaskSettings, batch: Batch): number;
}

/** `0`, `1`, …: the names of channels that hold bits. */
export function bitNames(bits: number): string[] {
  return Array.from({ length: bits }, (_, bit) => String(bit));
}

/**
 * The widths and channels of a task whose vectors are words of `bits` bits, the setting, with further channels after
 * them.
 */
export function wordChannels(
  input: readonly string[],
  output: readonly string[] = [],
): Required<Pick<Task, "input" | "output" | "channels">> {
  const bits = (settings: TaskSettings) => count(settings, "bits");
  return {
    input: (settings) => bits(settings) + input.length,
    output: (settings) => bits(settings) + output.length,
    channels: (settings) => {
      const names = bitNames(bits(settings));
      return { input: [...names, ...input], output: [...names, ...output] };
    },
  };
}

export function count(settings: TaskSettings, name: string): number {
  const setting = settings[name];
  if (typeof setting !== "number")
    throw new TypeError(`Task setting ${name} must be a number, got ${setting}`);
  return setting;
}

export function range(settings: TaskSettings, name: string): readonly [number, number] {
  const setting = settings[name];
  if (setting === undefined) throw new TypeError(`Task setting ${name} must be a range, got nothing`);
  return typeof setting === "number" ? [setting, setting] : setting;
}

/** The copies that `frozen` made; checking each part would take longer than making a short sequence. */
const frozenSettings = new WeakSet<TaskSettings>();

/** A frozen copy of the settings, since the next sequence needs them too. */
export function frozen(settings: TaskSettings): TaskSettings {
  if (frozenSettings.has(settings)) return settings;
  const entries = Object.entries(settings).map(([name, value]) => [
    name,
    typeof value === "number" ? value : Object.freeze([...value]),
  ]);
  const copy: TaskSettings = Object.freeze(Object.fromEntries(entries));
  frozenSettings.add(copy);
  return copy;
}

/** The settings with one range narrowed to a single value. */
export function fixed(settings: TaskSettings, name: string, value: number): TaskSettings {
  range(settings, name);
  return { ...settings, [name]: [value, value] };
}

/** The settings with every range narrowed to its smallest value. */
export const shortest = (settings: TaskSettings): TaskSettings => narrowed(settings, 0);

/** The settings with every range narrowed to its largest value, for the longest sequences. */
export const longest = (settings: TaskSettings): TaskSettings => narrowed(settings, 1);

function narrowed(settings: TaskSettings, end: 0 | 1): TaskSettings {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) =>
      typeof value === "number" ? [name, value] : [name, [value[end], value[end]] as const],
    ),
  );
}

/** `bits 1, length 4–8`. */
export function settingsText(settings: TaskSettings): string {
  return Object.entries(settings)
    .map(([name, value]) => {
      const [lo, hi] = typeof value === "number" ? [value, value] : value;
      return `${name} ${lo === hi ? lo : `${lo}–${hi}`}`;
    })
    .join(", ");
}

/** The sizes of an evaluation, by name. */
export interface Split {
  readonly name: string;
  readonly settings: TaskSettings;
}

/** The sizes beyond training; `length-20` is length narrowed to 20. */
export function beyondSplits(task: Pick<Task, "beyond">, settings: TaskSettings): Split[] {
  return Object.entries(task.beyond).flatMap(([name, values]) =>
    values.map((value) => ({ name: `${name}-${value}`, settings: fixed(settings, name, value) })),
  );
}
