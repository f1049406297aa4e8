import assert from "node:assert/strict";
import test from "node:test";
import { faultsIn, type RunRecord, readRecord } from "./record.ts";

function record(steps: number[], hashes: [number, string][]): RunRecord {
  return { steps, hashes: new Map(hashes) };
}
const quiet = record(
  [1, 2, 3, 4],
  [
    [0, "a"],
    [2, "b"],
    [4, "c"],
  ],
);

test("readRecord() reads steps and checkpoints from metrics.jsonl", () => {
  const text = [
    { kind: "event", event: "joined" },
    { kind: "step", step: 1 },
    { kind: "checkpoint", step: 1, sha256: "x" },
  ];
  const read = readRecord(`${text.map((line) => JSON.stringify(line)).join("\n")}\n`);
  assert.deepEqual(read, record([1], [[1, "x"]]));
});

test("faultsIn() finds nothing wrong with a run that has the same bits", () => {
  assert.deepEqual(faultsIn(quiet, quiet, 4), []);
});

test("faultsIn() names the first checkpoint with different bits", () => {
  const other = record(
    [1, 2, 3, 4],
    [
      [0, "a"],
      [2, "B"],
      [4, "C"],
    ],
  );
  assert.match(faultsIn(other, quiet, 4).join(), /after step 2 must have the SHA-256 b, got B/);
});

test("faultsIn() requires each step once and in order, and a last checkpoint", () => {
  assert.match(faultsIn(record([1, 2, 2, 3], [[4, "c"]]), quiet, 4).join(), /step 3 in its place, got 2/);
  assert.match(faultsIn(record([1, 3, 4], [[4, "c"]]), quiet, 4).join(), /step 2 in its place, got 3/);
  assert.match(
    faultsIn(record([1, 2, 3], [[2, "b"]]), quiet, 4).join(),
    /4 steps, got 3.*no checkpoint of the last/,
  );
  assert.match(faultsIn(record([1, 2, 3, 4], [[3, "b"]]), quiet, 4).join(), /no checkpoint in common/);
});
