/**
 * Batches of a task. Sequence s of step t depends on (seed, stream, t, s) alone, not on its batch, its maker, or what was
 * made before.
 */

import type { Batch } from "../batch.ts";
import { Draws, type Stream } from "../random/philox.ts";
import { sequencesOf } from "./check.ts";
import type { Sequence, Task, TaskSettings } from "./task.ts";

/** Which sequences a batch has; see the table of streams in docs/model.md §9. */
export interface BatchPlace {
  readonly seed: number;
  readonly stream: Stream;
  readonly step: number;
  /** The first sequence. */
  readonly from: number;
  /** How many, at least 1. */
  readonly sequences: number;
}

/** @throws TaskError if the task makes a sequence that cannot be used */
export function makeBatch(task: Task, settings: TaskSettings, place: BatchPlace): Batch {
  const { made, input, output } = makeSequences(task, settings, place);
  return sideBySide(made, input, output);
}

/**
 * Makes a batch's sequences one by one, without padding.
 *
 * @throws TaskError if the task makes a sequence that cannot be used
 */
export function makeSequences(task: Task, settings: TaskSettings, place: BatchPlace) {
  const { seed, stream, step, from, sequences } = place;
  const draws = Array.from({ length: sequences }, (_, index) => new Draws(seed, stream, step, from + index));
  return sequencesOf(task, settings, draws);
}

/** Pads sequences with zeros to the longest. The mask is 0 there, so padding changes no loss and no gradient. */
export function sideBySide(made: readonly Sequence[], input: number, output: number): Batch {
  const sequences = made.length;
  const times = made.reduce((most, sequence) => Math.max(most, sequence.times), 0);
  const x = new Float32Array(times * sequences * input);
  const y = new Float32Array(times * sequences * output);
  const mask = new Float32Array(times * sequences);
  made.forEach((sequence, index) => {
    copyRows(sequence.x, x, input, sequences, index);
    copyRows(sequence.y, y, output, sequences, index);
    copyRows(sequence.mask, mask, 1, sequences, index);
  });
  return { times, sequences, x, y, mask };
}

/** Copies a sequence's rows [time, width] to [time, sequences, width]. Rows are too short for `set` and `subarray`. */
function copyRows(from: Float32Array, to: Float32Array, width: number, sequences: number, index: number) {
  for (let time = 0, at = 0; at < from.length; time++) {
    let into = (time * sequences + index) * width;
    for (const end = into + width; into < end; into++, at++) to[into] = from[at]!;
  }
}
