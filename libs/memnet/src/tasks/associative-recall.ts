/**
 * Associative recall: see a list of items, then one of them again, and answer with the item that came after it. NTM,
 * arXiv 1410.5401, section 4.3; docs/model.md §11.3.
 */

import type { Draws } from "../random/philox.ts";
import { TaskError } from "./check.ts";
import {
  blankSequence,
  count,
  range,
  type Sequence,
  type Task,
  type TaskSettings,
  wordChannels,
} from "./task.ts";

const channels = wordChannels(["item", "query"]);

export const associativeRecall: Task = {
  name: "associative-recall",
  settings: { bits: 6, words: 3, items: [2, 6] },
  beyond: { items: [8, 12, 16, 20] },
  ...channels,
  input(settings) {
    const [fewest] = range(settings, "items");
    if (fewest < 2) {
      throw new TaskError(
        `Cannot use task associative-recall: items must be at least 2, since a single one has no next, got ${fewest}`,
      );
    }
    return channels.input(settings);
  },
  sequence: makeSequence,
};

/**
 * A flag precedes each item's words. Then one item's words come again, between two flags of another kind, and the answer
 * is the item that followed it.
 */
function makeSequence(settings: TaskSettings, draws: Draws): Sequence {
  const bits = count(settings, "bits");
  const words = count(settings, "words");
  const items = draws.integer(...range(settings, "items"));
  const query = draws.integer(0, items - 2);
  const input = bits + 2;
  const stride = words + 1;
  const asked = items * stride;
  const answer = asked + stride + 1;
  const times = answer + words;
  const { x, y, mask } = blankSequence(times, input, bits);
  mask.fill(1, answer);
  for (let item = 0; item < items; item++) {
    x[item * stride * input + bits] = 1;
    for (let word = 0; word < words; word++) {
      for (let bit = 0; bit < bits; bit++) {
        const value = draws.bit();
        x[(item * stride + 1 + word) * input + bit] = value;
        if (item === query) x[(asked + 1 + word) * input + bit] = value;
        if (item === query + 1) y[(answer + word) * bits + bit] = value;
      }
    }
  }
  x[asked * input + bits + 1] = 1;
  x[(asked + stride) * input + bits + 1] = 1;
  return { times, x, y, mask };
}
