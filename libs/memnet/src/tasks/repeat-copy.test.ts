/** NTM, arXiv 1410.5401, section 4.2, with the original's flags. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Draws, streams } from "../random/philox.ts";
import { repeatCopy } from "./repeat-copy.ts";

const draws = (sequence: number): Draws => new Draws(1, streams.test, 0, sequence);

test("repeatCopy has D + 2 inputs and D + 1 outputs", () => {
  assert.equal(repeatCopy.input({ bits: 4, length: [1, 2], repeats: [1, 2] }), 6);
  assert.equal(repeatCopy.output({ bits: 4, length: [1, 2], repeats: [1, 2] }), 5);
});

test("repeatCopy() shows the words and the number, then asks for them that often and an end marker", () => {
  const settings = { bits: 3, length: [1, 4], repeats: [1, 5] } as const;
  const seen = new Set<string>();
  for (let sequence = 0; sequence < 80; sequence++) {
    const { times, x, y, mask } = repeatCopy.sequence(settings, draws(sequence));
    const same = draws(sequence);
    const length = same.integer(1, 4);
    const repeats = same.integer(1, 5);
    seen.add(`${length} ${repeats}`);
    assert.equal(times, length * (repeats + 1) + 3);
    const at = (time: number): number[] => [...x.subarray(time * 5, (time + 1) * 5)];
    const wanted = (time: number): number[] => [...y.subarray(time * 4, (time + 1) * 4)];
    assert.deepEqual(at(0), [0, 0, 0, 1, 0]);
    assert.deepEqual(at(length + 1), [0, 0, 0, 0, Math.fround(repeats / 10)]);
    for (let time = length + 2; time < times; time++) assert.deepEqual(at(time), [0, 0, 0, 0, 0]);
    for (let repeat = 0; repeat < repeats; repeat++) {
      for (let word = 0; word < length; word++) {
        const asked = wanted(length + 2 + repeat * length + word);
        assert.deepEqual(asked, [...at(1 + word).slice(0, 3), 0]);
      }
    }
    assert.deepEqual(wanted(times - 1), [0, 0, 0, 1]);
    for (let time = 0; time < length + 2; time++) assert.deepEqual(wanted(time), [0, 0, 0, 0]);
    const asked = length * repeats + 1;
    assert.deepEqual([...mask], [...Array(times - asked).fill(0), ...Array(asked).fill(1)]);
  }
  assert.ok(seen.size > 15, `lengths and repeats seen: ${seen.size}`);
});

test("repeatCopy() takes draw 0 for the length and draw 1 for the repeats, also of one value", () => {
  const settings = { bits: 2, length: [2, 2], repeats: [3, 3] } as const;
  const { x } = repeatCopy.sequence(settings, draws(5));
  const words = draws(5);
  words.next();
  words.next();
  const expected = Array.from({ length: 4 }, () => words.bit());
  assert.deepEqual(
    [4, 5, 8, 9].map((place) => x[place]),
    expected,
  );
});
