import assert from "node:assert/strict";
import { test } from "node:test";
import { checkTask } from "./check.ts";
import { defineTask } from "./define.ts";

test("defineTask() gives the functions the types of the settings, and returns a task that can be used", () => {
  const task = defineTask({
    name: "ones",
    settings: { bits: 2, length: [2, 4] },
    input: ({ bits }) => bits + 1,
    output: () => 1,
    sequence({ bits, length: [lo, hi] }, draws) {
      const times = draws.integer(lo, hi);
      const ones = (width: number) => new Float32Array(times * width).fill(1);
      return { times, x: ones(bits + 1), y: ones(1), mask: ones(1) };
    },
  });
  checkTask(task);
  assert.deepEqual(task.beyond, {});
  // @ts-expect-error: a range is not a number
  defineTask({ ...task, settings: { length: [2, 4] }, input: ({ length }) => length * 1 });
});
