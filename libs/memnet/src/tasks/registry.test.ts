import assert from "node:assert/strict";
import { test } from "node:test";
import { copy } from "./copy.ts";
import { builtInTask, builtInTasks, taskOf } from "./registry.ts";

test("builtInTask() finds copy and repeat-copy, and refuses other names", () => {
  assert.deepEqual(
    builtInTasks.map(({ name }) => name),
    ["copy", "repeat-copy"],
  );
  for (const task of builtInTasks) assert.equal(builtInTask(task.name), task);
  assert.throws(() => builtInTask("sort"), {
    name: "RangeError",
    message: 'Unknown task "sort": it must be one of copy, repeat-copy, or a file (./mine.ts)',
  });
});

test("taskOf() takes what a module exports as `task`", () => {
  const task = { ...copy, name: "mine-2" };
  assert.equal(taskOf({ task, other: 1 }, "./mine.ts"), task);
});

test("taskOf() names what a user's file lacks", () => {
  const refused = (module: Record<string, unknown>): RegExp | string => {
    try {
      taskOf(module, "./mine.ts");
    } catch (error) {
      assert.ok(error instanceof TypeError);
      return error.message;
    }
    assert.fail("must be refused");
  };
  const start = "Cannot use ./mine.ts as a task: ";
  for (const task of [undefined, null, 5, () => copy]) {
    assert.equal(refused({ task }), `${start}it must export \`task\``);
  }
  for (const key of Object.keys(copy) as (keyof typeof copy)[]) {
    const { [key]: left, ...rest } = copy;
    assert.equal(refused({ task: rest }), `${start}task.${key} must be a ${typeof left}, got undefined`);
  }
  assert.equal(
    refused({ task: { ...copy, settings: null } }),
    `${start}task.settings must be a object, got object`,
  );
  for (const name of ["", "a b", "../x", "a_b", "é", "x".repeat(65)]) {
    assert.equal(
      refused({ task: { ...copy, name } }),
      `${start}its name must be letters, digits and '-', got ${name}`,
    );
  }
});
