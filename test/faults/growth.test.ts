import assert from "node:assert/strict";
import test from "node:test";
import { type Course, growing, growthTable, type Sample } from "./growth.ts";
import { readMetrics } from "./vitals.ts";

/** A process that is looked at every five seconds. @param residentMiB by minute */
function course(
  minutes: number,
  residentMiB: (minute: number) => number,
  more: Partial<Sample> = {},
): Course {
  return Array.from({ length: minutes * 12 + 1 }, (_, index) => {
    const minute = index / 12;
    const residentAt = residentMiB(minute);
    return { minute, pid: 1, residentMiB: residentAt, heapMiB: null, handles: 20, queues: {}, ...more };
  });
}

/** Garbage that is collected every two minutes. */
const garbage = (minute: number) => 20 * (minute % 2);

test("growing() finds a process that leaks a megabyte a minute, under its garbage", () => {
  const leak = course(60, (minute) => 80 + minute + garbage(minute));
  const found = growing(new Map([["data-env", leak]]));
  assert.equal(found.length, 1);
  assert.match(
    found[0]!,
    /^data-env grows: it had at least 9\d, 1\d\d, 1\d\d MiB of resident memory in three parts/,
  );
});

test("growing() lets a heap grow that finds its size", () => {
  const settling = course(60, (minute) => 80 + 60 * (1 - Math.exp(-minute / 10)) + garbage(minute));
  const once = course(60, (minute) => (minute < 40 ? 80 : 180));
  assert.deepEqual(growing(new Map(Object.entries({ settling, once }))), []);
});

test("growing() judges each life by itself, and none that is short", () => {
  const first = course(25, (minute) => 80 + 3 * minute);
  const second = course(25, (minute) => 80 + 3 * minute, { pid: 2 }).map((sample) => ({
    ...sample,
    minute: sample.minute + 25.5,
  }));
  assert.deepEqual(growing(new Map([["trainer 1", [...first, ...second]]])), []);
  const whole = course(50, (minute) => 80 + 3 * minute);
  assert.equal(growing(new Map([["trainer 1", whole]])).length, 1);
});

test("growing() finds handles that are never closed", () => {
  const leak = course(40, () => 80).map((sample, index) => ({
    ...sample,
    handles: 20 + Math.floor(index / 12),
  }));
  assert.match(
    growing(new Map([["evaluator", leak]]))[0]!,
    /evaluator grows: it had at least .* open handles/,
  );
});

test("growthTable() shows each process at its minutes, its lives and the queues that were used", () => {
  const samples = course(12, (minute) => 80 + minute, { heapMiB: 15.2, queues: { idle: 0, used: 2 } });
  const restarted = samples.map((sample) => (sample.minute > 5 ? { ...sample, pid: 2 } : sample));
  const text = growthTable(new Map([["coordinator", restarted]]), [
    [0, 1],
    [12, 3.5],
  ]);
  assert.match(text, /1 min +10 min/);
  assert.match(text, /coordinator +81 \/ 15 \/ 20 +90 \/ 15 \/ 20 \(2\.\)/);
  assert.match(text, /runs folder, MiB +1\.0 +1\.0/);
  assert.match(text, /coordinator used +2 +2 +2/);
  assert.doesNotMatch(text, /idle/);
});

test("readMetrics() reads the heap and the queues", () => {
  const text = [
    "# HELP memnet_bus_unsent_bytes x",
    'memnet_bus_unsent_bytes{service="trainer"} 12',
    'memnet_evaluations_due{run="a"} 1',
    'memnet_evaluations_due{run="b"} 2',
    'memnet_nodejs_heap_size_used_bytes{service="trainer"} 1048576',
    'memnet_step{run="a"} 7',
  ].join("\n");
  assert.deepEqual(readMetrics(text), { heapMiB: 1, queues: { bus_unsent_bytes: 12, evaluations_due: 3 } });
});
