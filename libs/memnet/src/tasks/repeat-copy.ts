/**
 * Repeat copy: repeat a sequence a given number of times. NTM, arXiv 1410.5401, section 4.2; docs/model.md §11.2.
 */

import type { Draws } from "../random/philox.ts";
import {
  blankSequence,
  count,
  range,
  type Sequence,
  type Task,
  type TaskSettings,
  wordChannels,
} from "./task.ts";

export const repeatCopy: Task = {
  name: "repeat-copy",
  settings: { bits: 4, length: [1, 2], repeats: [1, 2] },
  beyond: { length: [4, 8, 20], repeats: [4, 10, 20] },
  ...wordChannels(["start", "repeats"], ["end"]),
  sequence: makeSequence,
};

/** Differs from the paper: the number of repeats is given divided by 10, not normalised by its mean and variance. */
function makeSequence(settings: TaskSettings, draws: Draws): Sequence {
  const bits = count(settings, "bits");
  const length = draws.integer(...range(settings, "length"));
  const repeats = draws.integer(...range(settings, "repeats"));
  const input = bits + 2;
  const output = bits + 1;
  const sequence = blankSequence(length * (repeats + 1) + 3, input, output);
  const { times, x, y, mask } = sequence;
  x[bits] = 1;
  x[(length + 1) * input + bits + 1] = repeats / 10;
  for (let word = 0; word < length; word++) {
    for (let bit = 0; bit < bits; bit++) {
      const value = draws.bit();
      x[(1 + word) * input + bit] = value;
      for (let repeat = 0; repeat < repeats; repeat++) {
        y[(length + 2 + repeat * length + word) * output + bit] = value;
      }
    }
  }
  mask.fill(1, length + 2);
  y[(times - 1) * output + bits] = 1;
  return sequence;
}
