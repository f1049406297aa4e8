/** A task with the types of its own settings. */

import type { Batch } from "../batch.ts";
import type { Draws } from "../random/philox.ts";
import type { Channels, Sequence, Task, TaskSettings } from "./task.ts";

/** Settings as the task's functions get them: numbers stay numbers, ranges stay ranges. */
export type SettingsOf<Settings extends TaskSettings> = {
  readonly [Name in keyof Settings]: Settings[Name] extends number
    ? number
    : readonly [lo: number, hi: number];
};

/** A task as it is written. See `Task` for what each part must do. */
export interface TaskDefinition<Settings extends TaskSettings> {
  readonly name: string;
  /** Every setting with its default: a whole number from 1, or a range `[lo, hi]` that each sequence draws from. */
  readonly settings: Settings;
  /** Sizes that evaluations try beyond training, by the name of the range. */
  readonly beyond?: { readonly [Name in keyof Settings]?: readonly number[] };
  input(settings: SettingsOf<Settings>): number;
  output(settings: SettingsOf<Settings>): number;
  sequence(settings: SettingsOf<Settings>, draws: Draws): Sequence;
  channels?(settings: SettingsOf<Settings>): Channels;
  floor?(settings: SettingsOf<Settings>, batch: Batch): number;
}

/**
 * Gives a task's functions the types of its settings, and returns it as it is. `train({ task })` and
 * `memnet train --task` check it.
 */
export function defineTask<const Settings extends TaskSettings>(task: TaskDefinition<Settings>): Task {
  return { beyond: {}, ...task } as unknown as Task;
}
