/** NTM, arXiv 1410.5401, section 4.1, with the original's flags. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Draws, streams } from "../random/philox.ts";
import { copy } from "./copy.ts";

const draws = (sequence: number): Draws => new Draws(1, streams.test, 0, sequence);

test("copy has D + 2 inputs and D outputs", () => {
  assert.equal(copy.input({ bits: 8, length: [5, 10] }), 10);
  assert.equal(copy.output({ bits: 8, length: [5, 10] }), 8);
});

test("copy() shows a flag, the words and a flag, then asks for the words", () => {
  const bits = 3;
  const lengths = new Set<number>();
  for (let sequence = 0; sequence < 40; sequence++) {
    const { times, x, y, mask } = copy.sequence({ bits, length: [2, 6] }, draws(sequence));
    const length = draws(sequence).integer(2, 6);
    lengths.add(length);
    assert.equal(times, 2 * length + 2);
    const at = (time: number): number[] => [...x.subarray(time * 5, (time + 1) * 5)];
    const wanted = (time: number): number[] => [...y.subarray(time * 3, (time + 1) * 3)];
    assert.deepEqual(at(0), [0, 0, 0, 1, 0]);
    assert.deepEqual(at(length + 1), [0, 0, 0, 0, 1]);
    for (let word = 0; word < length; word++) {
      assert.deepEqual(at(1 + word), [...wanted(length + 2 + word), 0, 0]);
      assert.deepEqual(at(length + 2 + word), [0, 0, 0, 0, 0]);
    }
    for (let time = 0; time < length + 2; time++) assert.deepEqual(wanted(time), [0, 0, 0]);
    assert.deepEqual([...mask], [...Array(length + 2).fill(0), ...Array(length).fill(1)]);
  }
  assert.deepEqual([...lengths].sort(), [2, 3, 4, 5, 6]);
});

test("copy() fills the words with the draw after the length, bit by bit", () => {
  const { x } = copy.sequence({ bits: 2, length: [3, 3] }, draws(0));
  const words = draws(0);
  words.next();
  const expected = Array.from({ length: 6 }, () => words.bit());
  assert.deepEqual(
    [4, 5, 8, 9, 12, 13].map((place) => x[place]),
    expected,
  );
});
