import assert from "node:assert/strict";
import { test } from "node:test";
import { Draws, streams } from "../random/philox.ts";
import { associativeRecall } from "./associative-recall.ts";
import { TaskError, widthsOf } from "./check.ts";

test("associative-recall shows one of its items again, and asks for the one after it", () => {
  const settings = { bits: 8, words: 3, items: [2, 6] } as const;
  const seen = new Set<string>();
  for (let number = 0; number < 60; number++) {
    const draws = () => new Draws(1, streams.test, 0, number);
    const { times, x, y, mask } = associativeRecall.sequence(settings, draws());
    const items = draws().integer(2, 6);
    assert.equal(times, 4 * items + 8);
    const words = (time: number) =>
      [0, 1, 2].map((word) => [...x.subarray((time + word) * 10, (time + word) * 10 + 8)]);
    const shown = Array.from({ length: items }, (_, item) => words(item * 4 + 1).join());
    const query = shown.indexOf(words(4 * items + 1).join());
    assert.ok(query >= 0 && query < items - 1, "the last item has no next");
    const answer = [0, 1, 2].map((word) => [...y.subarray((times - 3 + word) * 8, (times - 2 + word) * 8)]);
    assert.equal(answer.join(), shown[query + 1]);
    assert.deepEqual([...mask], [...Array(times - 3).fill(0), 1, 1, 1]);
    const flags = (channel: number) =>
      Array.from({ length: times }, (_, time) => time).filter((time) => x[time * 10 + channel] === 1);
    assert.deepEqual(
      flags(8),
      Array.from({ length: items }, (_, item) => item * 4),
    );
    assert.deepEqual(flags(9), [4 * items, 4 * items + 4]);
    seen.add(`${items} ${query}`);
  }
  assert.ok(seen.size >= 10, `of 15 pairs of length and query, ${seen.size}`);
});

test("associative-recall refuses a list of one item", () => {
  assert.throws(
    () => widthsOf(associativeRecall, { bits: 6, words: 3, items: 1 }),
    (error) => error instanceof TaskError && /items must be at least 2.*got 1$/.test(error.message),
  );
});
