import assert from "node:assert/strict";
import { test } from "node:test";
import { Draws, streams } from "../random/philox.ts";
import { prioritySort } from "./priority-sort.ts";

const bits = 4;
const input = bits + 2;
const word = (values: Float32Array, time: number, width: number) =>
  values.slice(time * width, time * width + bits).join();

test("priority-sort asks for the words of the highest priorities, highest first", () => {
  for (let number = 0; number < 30; number++) {
    const settings = { bits, words: [3, 9], sorted: 5 } as const;
    const { times, x, y, mask } = prioritySort.sequence(settings, new Draws(1, streams.test, 0, number));
    const words = mask.indexOf(1) - 1;
    const sorted = Math.min(5, words);
    assert.equal(times, words + sorted + 1);
    const shown = Array.from({ length: words }, (_, time) => ({
      text: word(x, time, input),
      priority: x[time * input + bits]!,
    }));
    assert.ok(shown.every(({ priority }) => Math.abs(priority) < 1));
    const expected = shown.toSorted((a, b) => b.priority - a.priority).slice(0, sorted);
    const answer = Array.from({ length: sorted }, (_, rank) => word(y, words + 1 + rank, bits));
    assert.deepEqual(
      answer,
      expected.map(({ text }) => text),
    );
    assert.deepEqual([x[words * input + bits], x[words * input + bits + 1]], [0, 1]);
    assert.deepEqual([...mask], [...Array(words + 1).fill(0), ...Array(sorted).fill(1)]);
  }
});

test("priority-sort keeps the order of words whose priorities are equal", () => {
  // The first draw is the number of words, the next three are priorities.
  const same = { integer: () => 3, fraction: () => 0.5, bit: bitsOf(0b0001_0010_0100) } as unknown as Draws;
  const { x, y } = prioritySort.sequence({ bits, words: 3, sorted: 3 }, same);
  for (let time = 0; time < 3; time++) assert.equal(word(y, 4 + time, bits), word(x, time, input));
});

function bitsOf(pattern: number): () => number {
  let left = pattern;
  return () => {
    const bit = left & 1;
    left >>= 1;
    return bit;
  };
}
