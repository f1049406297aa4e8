import assert from "node:assert/strict";
import { test } from "node:test";
import {
  gpuRow,
  gpuTable,
  jsonRow,
  milliseconds,
  ratiosTo,
  ratioTable,
  type Timing,
  timingTable,
} from "./report.ts";

const wasm: Timing = {
  engine: "wasm",
  preset: "ntm-copy",
  sequences: 16,
  times: 22,
  milliseconds: [4, 5, 6],
};
const jax: Timing = { ...wasm, engine: "jax", milliseconds: [12, 10, 11, 13] };
const larger: Timing = { ...jax, sequences: 64 };

test("jsonRow() has the required fields, and one thread", () => {
  assert.deepEqual(jsonRow(jax), {
    engine: "jax",
    preset: "ntm-copy",
    sequences: 16,
    times: 22,
    threads: 1,
    millisecondsMedian: 11.5,
  });
});

test("ratiosTo() compares only within the same preset and number of sequences", () => {
  assert.deepEqual(ratiosTo("wasm", jax, [wasm, jax, larger]), { median: 2.3, fastest: 2.5 });
  assert.equal(ratiosTo("wasm", larger, [wasm, jax, larger]), null);
});

test("timingTable() and ratioTable() have one line per timing", () => {
  assert.deepEqual(timingTable([wasm]).split("\n"), [
    "preset     T  sequences  engine  median ms  fastest ms  iterations",
    "ntm-copy  22         16  wasm         5.00        4.00           3",
  ]);
  assert.deepEqual(ratioTable([wasm, jax]).split("\n"), [
    "preset     T  sequences  engine  median ms  fastest ms  / wasm  fastest / wasm",
    "ntm-copy  22         16  wasm         5.00        4.00    1.00            1.00",
    "ntm-copy  22         16  jax          11.5        10.0    2.30            2.50",
  ]);
});

test("gpuTable() and gpuRow() show how long the device was idle, if that is known", () => {
  const webgpu: Timing = { ...wasm, engine: "webgpu", busyMs: 12 };
  assert.deepEqual(gpuTable([webgpu, jax]).split("\n"), [
    "preset     T  sequences  contender  median ms  fastest ms  / webgpu  device idle",
    "ntm-copy  22         16  webgpu          5.00        4.00      1.00         20 %",
    "ntm-copy  22         16  jax             11.5        10.0      2.30",
  ]);
  const { idleShare, ...row } = gpuRow(webgpu, [webgpu]);
  assert.ok(Math.abs(idleShare! - 0.2) < 1e-12);
  const sizes = { preset: "ntm-copy", sequences: 16, times: 22 };
  assert.deepEqual(row, { engine: "webgpu", ...sizes, millisecondsMedian: 5, overWebgpu: 1 });
  assert.deepEqual(gpuRow(jax, [jax]).idleShare, null);
});

test("milliseconds() shows three digits", () => {
  assert.deepEqual([1.234, 12.34, 123.4, 1234.5].map(milliseconds), ["1.23", "12.3", "123", "1235"]);
});
