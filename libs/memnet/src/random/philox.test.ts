/** Known answers: Random123's kat_vectors for philox4x32, 10 rounds. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Draws, philox, streams } from "./philox.ts";

const ones = 0xffffffff;

test("philox() gives the known answers", () => {
  assert.deepEqual(philox([0, 0, 0, 0], [0, 0]), [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
  assert.deepEqual(
    philox([ones, ones, ones, ones], [ones, ones]),
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  );
  assert.deepEqual(
    philox([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0]),
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  );
});

test("Draws takes the words of blocks 0, 1, 2, … at (block, sequence, step, stream), word 0 first", () => {
  const draws = new Draws(7, streams.validation, 5, 3);
  const taken = Array.from({ length: 12 }, () => draws.next());
  const blocks = [0, 1, 2].flatMap((block) => philox([block, 3, 5, 2], [7, 0]));
  assert.deepEqual(taken, blocks);
});

test("Draws keys with both halves of a seed", () => {
  const seed = 5 * 2 ** 32 + 9;
  assert.equal(new Draws(seed, streams.training, 0, 0).next(), philox([0, 0, 0, 1], [9, 5])[0]);
  const largest = Number.MAX_SAFE_INTEGER;
  assert.equal(
    new Draws(largest, streams.training, 0, 0).next(),
    philox([0, 0, 0, 1], [ones, 2 ** 21 - 1])[0],
  );
});

test("Draws refuses a seed that is no whole number from 0", () => {
  for (const seed of [-1, 0.5, Number.NaN, 2 ** 53]) {
    assert.throws(() => new Draws(seed, streams.training, 0, 0), /a seed is a whole number from 0/);
  }
});

test("Draws at places that differ in one coordinate give other words", () => {
  const first = (seed: number, stream: 0 | 1 | 2 | 3, step: number, sequence: number): number =>
    new Draws(seed, stream, step, sequence).next();
  const seen = [
    first(1, 1, 0, 0),
    first(2, 1, 0, 0),
    first(1, 2, 0, 0),
    first(1, 1, 1, 0),
    first(1, 1, 0, 1),
  ];
  assert.equal(new Set(seen).size, seen.length);
});

test("integer() is lo + ⌊draw·(hi − lo + 1) / 2³²⌋, exact also for the widest range", () => {
  for (const [lo, hi] of [
    [1, 2],
    [5, 10],
    [1, 1_000_000],
  ] as const) {
    const draws = new Draws(1, streams.test, 0, 0);
    const words = new Draws(1, streams.test, 0, 0);
    for (let index = 0; index < 1000; index++) {
      const exact = BigInt(lo) + ((BigInt(words.next()) * BigInt(hi - lo + 1)) >> 32n);
      assert.equal(draws.integer(lo, hi), Number(exact));
    }
  }
});

test("integer() takes its draw also where lo = hi", () => {
  const draws = new Draws(1, streams.test, 0, 0);
  const words = new Draws(1, streams.test, 0, 0);
  assert.equal(draws.integer(6, 6), 6);
  words.next();
  assert.equal(draws.next(), words.next());
});

test("bit() takes 32 a draw, least significant first", () => {
  const draws = new Draws(3, streams.test, 0, 0);
  const words = new Draws(3, streams.test, 0, 0);
  for (let word = 0; word < 5; word++) {
    let value = 0;
    for (let place = 0; place < 32; place++) value += draws.bit() * 2 ** place;
    assert.equal(value, words.next());
  }
});
