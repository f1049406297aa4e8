import assert from "node:assert/strict";
import { test } from "node:test";
import { runConfig } from "../config/settings.ts";
import { modelOf } from "../config/training.ts";
import { copy } from "./copy.ts";
import { repeatCopy } from "./repeat-copy.ts";
import { beyondSplits, count, fixed, longest, range, type Task } from "./task.ts";

test("count() and range() read settings, and refuse what is of the other kind", () => {
  const settings = { bits: 8, length: [5, 10] } as const;
  assert.equal(count(settings, "bits"), 8);
  assert.deepEqual(range(settings, "length"), [5, 10]);
  assert.deepEqual(range(settings, "bits"), [8, 8]);
  assert.throws(() => count(settings, "length"), /length must be a number, got 5,10/);
  assert.throws(() => count(settings, "width"), /width must be a number, got undefined/);
  assert.throws(() => range(settings, "width"), /width must be a range, got nothing/);
});

test("fixed() narrows one range to a value and leaves the rest alone", () => {
  assert.deepEqual(fixed(repeatCopy.settings, "repeats", 10), { bits: 4, length: [1, 2], repeats: [10, 10] });
  assert.throws(() => fixed(copy.settings, "repeats", 10), TypeError);
});

test("longest() narrows every range to its largest value", () => {
  assert.deepEqual(longest(repeatCopy.settings), { bits: 4, length: [2, 2], repeats: [2, 2] });
});

test("beyondSplits() are the sizes beyond training of docs/model.md §14", () => {
  const names = (task: Task): string[] => beyondSplits(task, task.settings).map(({ name }) => name);
  assert.deepEqual(names(copy), ["length-20", "length-40", "length-80", "length-120"]);
  assert.deepEqual(names(repeatCopy), [
    "length-4",
    "length-8",
    "length-20",
    "repeats-4",
    "repeats-10",
    "repeats-20",
  ]);
  assert.deepEqual(beyondSplits(repeatCopy, repeatCopy.settings)[4]!.settings, {
    bits: 4,
    length: [1, 2],
    repeats: [10, 10],
  });
});

test("a Task of the user's own configures a model like any other", () => {
  const task: Task = {
    name: "count-ones",
    settings: { bits: 3, words: [1, 4] },
    beyond: { words: [9] },
    input: (settings) => count(settings, "bits"),
    output: () => 1,
    sequence: () => ({ times: 0, x: new Float32Array(), y: new Float32Array(), mask: new Float32Array() }),
  };
  const written = {
    model: "ntm",
    controller: { hidden: 5 },
    memory: { slots: 4, width: 3 },
    heads: { reads: 1, writes: 1 },
    task: { name: "count-ones", words: [2, 3], sha256: "a".repeat(64) },
    engine: "tfjs-cpu",
  };
  const { training } = runConfig(written, task);
  assert.deepEqual(training.task, { name: "count-ones", bits: 3, words: [2, 3], sha256: "a".repeat(64) });
  assert.equal(modelOf(training, task).input, 3);
  assert.equal(modelOf(training, task).output, 1);
});
