/**
 * Dynamic n-grams: predict the next bit of a sequence whose odds depend on the bits before, and are drawn again for each
 * sequence. NTM, arXiv 1410.5401, section 4.4; docs/model.md §11.4.
 */

import type { Batch } from "../batch.ts";
import type { Draws } from "../random/philox.ts";
import { TaskError } from "./check.ts";
import { count, range, type Sequence, type Task, type TaskSettings } from "./task.ts";

export const nGram: Task = {
  name: "n-gram",
  settings: { context: 5, length: [200, 200] },
  beyond: { length: [400, 800] },
  input(settings) {
    const context = count(settings, "context");
    const [shortest] = range(settings, "length");
    if (context > contextMax) {
      throw new TaskError(
        `Cannot use task n-gram: context must be at most ${contextMax}, since it has 2^context odds, got ${context}`,
      );
    }
    if (shortest <= context) {
      throw new TaskError(
        `Cannot use task n-gram: length must be above context ${context}, or no bit counts, got ${shortest}`,
      );
    }
    return 1;
  },
  output: () => 1,
  channels: () => ({ input: ["bit"], output: ["next"] }),
  sequence: makeSequence,
  floor,
};

/** A sequence then has 65,536 probabilities. */
const contextMax = 16;

/**
 * The inputs are bits 0 … L − 2, and the target of each time is the bit after it. Bits without a whole context before
 * them do not count.
 */
function makeSequence(settings: TaskSettings, draws: Draws): Sequence {
  const context = count(settings, "context");
  const length = draws.integer(...range(settings, "length"));
  const odds = Array.from({ length: 2 ** context }, () => betaHalfHalf(draws));
  const bits = new Float32Array(length);
  let before = 0;
  for (let time = 0; time < length; time++) {
    const bit = draws.fraction() < (time < context ? 0.5 : odds[before]!) ? 1 : 0;
    bits[time] = bit;
    before = shifted(before, bit, context);
  }
  const times = length - 1;
  const mask = new Float32Array(times).fill(1, context - 1);
  return { times, x: bits.slice(0, times), y: bits.slice(1), mask };
}

/** The `context` latest bits as a number, the latest one least significant. */
function shifted(before: number, bit: number, context: number): number {
  return ((before << 1) | bit) & (2 ** context - 1);
}

/** A draw from Beta(½, ½), by a point in the unit circle: exact but for one division, and without a sine. */
function betaHalfHalf(draws: Draws): number {
  for (;;) {
    const x = 2 * draws.fraction() - 1;
    const y = 2 * draws.fraction() - 1;
    const square = x * x + y * y;
    if (square > 0 && square <= 1) return (x * x) / square;
  }
}

/**
 * The loss of the best predictor without the odds: it counts, for each context, the ones and zeros seen behind it, and
 * gives a one (N1 + ½) / (N1 + N0 + 1). NTM, section 4.4 (Murphy 2012).
 */
function floor(settings: TaskSettings, { times, sequences, x, y, mask }: Batch): number {
  const context = count(settings, "context");
  let loss = 0;
  for (let sequence = 0; sequence < sequences; sequence++) {
    const seen = Array.from({ length: 2 ** context }, () => [0, 0] as [zeros: number, ones: number]);
    let before = 0;
    for (let time = 0; time < times; time++) {
      const at = time * sequences + sequence;
      before = shifted(before, x[at]!, context);
      if (mask[at] !== 1) continue;
      const [next, counts] = [y[at]!, seen[before]!];
      loss -= Math.log((counts[next]! + 0.5) / (counts[0] + counts[1] + 1));
      counts[next]!++;
    }
  }
  return loss;
}
