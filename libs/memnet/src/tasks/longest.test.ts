import assert from "node:assert/strict";
import { test } from "node:test";
import { makeBatch } from "./batches.ts";
import { copy } from "./copy.ts";
import { longestNumbers } from "./longest.ts";
import { nGram } from "./n-gram.ts";
import { builtInTask } from "./registry.ts";
import { longest } from "./task.ts";

const place = { seed: 1, stream: 0, step: 0, from: 0, sequences: 1 } as const;

test("longestNumbers() is the size of the longest sequence, for every task", () => {
  for (const name of ["copy", "repeat-copy", "associative-recall", "n-gram", "priority-sort"]) {
    const task = builtInTask(name);
    const { x, y, mask } = makeBatch(task, longest(task.settings), place);
    assert.equal(longestNumbers(task, task.settings, 2 ** 23), x.length + y.length + mask.length, name);
  }
});

test("longestNumbers() makes no sequence much larger than the limit", () => {
  let largest = 0;
  const watched: typeof copy = {
    ...copy,
    sequence: (settings, draws) => {
      const made = copy.sequence(settings, draws);
      largest = Math.max(largest, made.x.length);
      return made;
    },
  };
  const most = 100_000;
  const numbers = longestNumbers(watched, { bits: 1_000_000, length: [1, 1_000_000] }, most);
  assert.ok(numbers > most && numbers < 2.5 * most, `${numbers} numbers`);
  assert.ok(largest < 2.5 * most, `${largest} numbers`);
});

test("longestNumbers() skips sizes that do not belong together, and refuses the longest if it does not work", () => {
  assert.equal(longestNumbers(nGram, { context: 5, length: [200, 200] }, 2 ** 23), 3 * 199);
  assert.throws(() => longestNumbers(nGram, { context: 17, length: [200, 200] }, 2 ** 23), {
    name: "TaskError",
  });
});
