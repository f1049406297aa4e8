import assert from "node:assert/strict";
import { test } from "node:test";
import { TaskError } from "./check.ts";
import { copy } from "./copy.ts";
import { builtInTask, builtInTasks, taskOf } from "./registry.ts";

test("builtInTask() finds each task, and refuses other names", () => {
  assert.deepEqual(
    builtInTasks.map(({ name }) => name),
    ["copy", "repeat-copy", "associative-recall", "n-gram", "priority-sort"],
  );
  for (const task of builtInTasks) assert.equal(builtInTask(task.name), task);
  assert.throws(() => builtInTask("sort"), {
    name: "RangeError",
    message:
      'Unknown task "sort": it must be one of copy, repeat-copy, associative-recall, n-gram, priority-sort, or a file (./mine.ts)',
  });
});

test("taskOf() takes what a module exports as `task`", () => {
  const task = { ...copy, name: "mine-2" };
  assert.equal(taskOf({ task, other: 1 }, "./mine.ts"), task);
});

test("taskOf() names what a user's file lacks", () => {
  const refused = (module: Record<string, unknown>): string => {
    try {
      taskOf(module, "./mine.ts");
    } catch (error) {
      assert.ok(error instanceof TaskError);
      return error.message;
    }
    assert.fail("must be refused");
  };
  const start = "Cannot use ./mine.ts as a task: ";
  for (const task of [undefined, null, 5, () => copy]) {
    assert.equal(refused({ task }), `${start}it must export \`task\``);
  }
  const kinds = { string: "a string", object: "an object", function: "a function" };
  const { channels: _optional, ...required } = copy;
  for (const key of Object.keys(required) as (keyof typeof required)[]) {
    const { [key]: left, ...rest } = copy;
    const kind = kinds[typeof left as keyof typeof kinds];
    assert.equal(refused({ task: rest }), `${start}task.${key} must be ${kind}, got undefined`);
  }
  for (const key of ["channels", "floor"]) {
    assert.equal(
      refused({ task: { ...copy, [key]: 3 } }),
      `${start}task.${key} must be a function, got a number`,
    );
  }
  assert.equal(
    refused({ task: { ...copy, settings: null } }),
    `${start}task.settings must be an object, got null`,
  );
  for (const name of ["", "a b", "../x", "a_b", "é", "x".repeat(65)]) {
    assert.equal(
      refused({ task: { ...copy, name } }),
      `${start}task.name must be at most 64 letters, digits and '-', got ${JSON.stringify(name)}`,
    );
  }
  for (const [size, got] of [
    [0, "0"],
    [1.5, "1.5"],
    ["4", '"4"'],
    [[8, 4], "[8,4]"],
    [[4], "[4]"],
    [null, "null"],
    [{ from: 4 }, "an object"],
  ] as const) {
    assert.equal(
      refused({ task: { ...copy, settings: { length: size } } }),
      `${start}task.settings.length must be a whole number from 1 or a range [lo, hi], got ${got}`,
    );
  }
  for (const [sizes, got] of [
    [20, "20"],
    [[20, 0], "[20,0]"],
    [["20"], '["20"]'],
  ] as const) {
    assert.equal(
      refused({ task: { ...copy, beyond: { length: sizes } } }),
      `${start}task.beyond.length must be an array of whole numbers from 1, got ${got}`,
    );
  }
  assert.equal(
    refused({ task: { ...copy, beyond: { words: [20] } } }),
    `${start}task.beyond.words must be one of its settings`,
  );
});
