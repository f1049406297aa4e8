/** Copy: repeat a sequence of random words. NTM, arXiv 1410.5401, section 4.1; docs/model.md §11.1. */

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

export const copy: Task = {
  name: "copy",
  settings: { bits: 8, length: [5, 10] },
  beyond: { length: [20, 40, 80, 120] },
  ...wordChannels(["start", "end"]),
  sequence: makeSequence,
};

function makeSequence(settings: TaskSettings, draws: Draws): Sequence {
  const bits = count(settings, "bits");
  const length = draws.integer(...range(settings, "length"));
  const input = bits + 2;
  const sequence = blankSequence(2 * length + 2, input, bits);
  const { x, y, mask } = sequence;
  x[bits] = 1;
  x[(length + 1) * input + bits + 1] = 1;
  for (let word = 0; word < length; word++) {
    const time = length + 2 + word;
    for (let bit = 0; bit < bits; bit++) {
      const value = draws.bit();
      x[(1 + word) * input + bit] = value;
      y[time * bits + bit] = value;
    }
    mask[time] = 1;
  }
  return sequence;
}
