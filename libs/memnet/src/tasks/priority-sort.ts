/**
 * Priority sort: given words with priorities, answer with those of the highest priorities, highest first. NTM, arXiv 1410.5401,
 * section 4.5; docs/model.md §11.5.
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

export const prioritySort: Task = {
  name: "priority-sort",
  settings: { bits: 8, words: [20, 20], sorted: 16 },
  beyond: { words: [24, 32, 40] },
  ...wordChannels(["priority", "end"]),
  sequence: makeSequence,
};

/** The words with their priorities, then a flag, then the answer. Equal priorities keep the order of the input. */
function makeSequence(settings: TaskSettings, draws: Draws): Sequence {
  const bits = count(settings, "bits");
  const words = draws.integer(...range(settings, "words"));
  const sorted = Math.min(count(settings, "sorted"), words);
  const input = bits + 2;
  const times = words + sorted + 1;
  const { x, y, mask } = blankSequence(times, input, bits);
  mask.fill(1, words + 1);
  const priorities = Array.from({ length: words }, () => 2 * draws.fraction() - 1);
  priorities.forEach((priority, word) => {
    x[word * input + bits] = priority;
    for (let bit = 0; bit < bits; bit++) x[word * input + bit] = draws.bit();
  });
  x[words * input + bits + 1] = 1;
  // sort() is stable.
  const order = [...priorities.keys()].sort((a, b) => priorities[b]! - priorities[a]!);
  for (const [rank, word] of order.slice(0, sorted).entries()) {
    y.set(x.subarray(word * input, word * input + bits), (words + 1 + rank) * bits);
  }
  return { times, x, y, mask };
}
