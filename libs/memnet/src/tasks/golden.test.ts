/** All tasks and a curriculum against golden numbers that other code made. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Stream } from "../random/philox.ts";
import { assertSameBytes, float32, golden } from "../testing/golden.ts";
import { makeBatch } from "./batches.ts";
import { floorOf } from "./check.ts";
import { builtInTask } from "./registry.ts";
import type { TaskSettings } from "./task.ts";

interface Entry {
  readonly task: string;
  readonly settings: TaskSettings;
  readonly seed: number;
  readonly stream: Stream;
  readonly step: number;
  readonly sequences: readonly [first: number, last: number];
}

const file = golden("tasks");
const entries: Readonly<Record<string, Entry>> = JSON.parse(file.metadata.entries!);

test("the golden file has each new task, and every tensor belongs to an entry", () => {
  const tasks = new Set(Object.values(entries).map(({ task }) => task));
  assert.deepEqual([...tasks].sort(), ["associative-recall", "copy", "n-gram", "priority-sort"]);
  for (const name of file.tensors.keys()) assert.ok(name.replace(/\.[a-z]+$/, "") in entries, name);
});

for (const [name, { task: taskName, settings: own, sequences, ...place }] of Object.entries(entries)) {
  test(`makeBatch() equals golden ${name} to the byte`, () => {
    const task = builtInTask(taskName);
    const settings = { ...task.settings, ...own };
    const [first, last] = sequences;
    const batch = makeBatch(task, settings, { ...place, from: first, sequences: last - first + 1 });
    for (const part of ["x", "y", "mask"] as const)
      assertSameBytes(batch[part], float32(file, `${name}.${part}`), part);
    const floor = file.tensors.get(`${name}.floor`)?.data[0] ?? 0;
    const got = floorOf(task, settings, batch);
    assert.ok(Math.abs(got - floor) <= 1e-12 * floor, `the floor must be ${floor}, got ${got}`);
  });
}
