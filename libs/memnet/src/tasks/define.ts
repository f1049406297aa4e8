/** Tasks as programs write them: the types of their own settings. */

import type { Batch } from "../batch.ts";
import type { Draws } from "../random/philox.ts";
import type { Channels, Sequence, Task, TaskSettings } from "./task.ts";

/** Settings as the task's functions get them: numbers stay numbers, ranges stay ranges. */
export type SettingsOf<Settings extends TaskSettings> = {
  readonly [Name in keyof Settings]: Settings[Name] extends number
    ? number
    : readonly [lo: number, hi: number];
};

/** A task as it is written. */
export interface TaskDefinition<Settings extends TaskSettings> {
  /** At most 64 letters, digits and '-'. */
  readonly name: string;
  /** Every setting with its default: a whole number from 1, or a range `[lo, hi]` that each sequence draws from. */
  readonly settings: Settings;
  /** Sizes that evaluations try beyond training, by the name of the range. */
  readonly beyond?: { readonly [Name in keyof Settings]?: readonly number[] };
  /** Width of an input vector, a whole number from 1. */
  input(settings: SettingsOf<Settings>): number;
  /** Width of an output vector, a whole number from 1. */
  output(settings: SettingsOf<Settings>): number;
  /** Makes one sequence in new arrays. The same draws give the same sequence; a larger range must give longer ones. */
  sequence(settings: SettingsOf<Settings>, draws: Draws): Sequence;
  /** Names the channels of inputs and of outputs, for pictures of episodes; numbers, from 0, if omitted. */
  channels?(settings: SettingsOf<Settings>): Channels;
  /** The least loss that any model can expect on the batch, in nats, summed over its sequences; 0 if omitted. */
  floor?(settings: SettingsOf<Settings>, batch: Batch): number;
}

/**
 * Gives a task's functions the types of its settings, and returns it as it is. `train({ task })` and
 * `memnet train --task` check it. The tasks of the papers are in `builtInTasks`.
 */
export function defineTask<const Settings extends TaskSettings>(
  task: TaskDefinition<Settings>,
): Task<Settings> {
  return { beyond: {}, ...task } as unknown as Task<Settings>;
}
