import assert from "node:assert/strict";
import { test } from "node:test";
import { type ClusterTiming, clusterRow, clusterTables, speedupOf } from "./cluster-report.ts";

const one: ClusterTiming = {
  preset: "ntm-copy",
  engine: "wasm",
  sequences: 64,
  microBatch: 4,
  trainers: 1,
  stepsPerSecond: 25,
  anatomy: {
    steps: 300,
    wall: 40,
    coordinator: { send: 1, firstResult: 36, otherResults: 0, add: 0.01, update: 0.5, other: 2.49 },
    trainer: { waitParameters: 4, waitBatches: 0.02, compute: 33, publish: 0.6, other: 2.38 },
    bytes: { coordinatorSends: 1040, coordinatorReceives: 2000, trainerSends: 2010, trainerReceives: 1500 },
    cpu: { broker: 1, evaluator: 0.1, coordinator: 4, "data-env": 2, trainer: 36.9 },
  },
};
const two: ClusterTiming = {
  ...one,
  trainers: 2,
  stepsPerSecond: 45,
  anatomy: {
    ...one.anatomy,
    cpu: { broker: 2, evaluator: 0.1, coordinator: 6, "data-env": 2, "trainer 1": 20, "trainer 2": 21 },
  },
};

test("speedupOf() compares with one trainer at the same preset and number of sequences", () => {
  const larger = { ...two, sequences: 128 };
  assert.equal(speedupOf(two, [one, two, larger]), 1.8);
  assert.equal(speedupOf(larger, [one, two, larger]), null);
  assert.equal(clusterRow(two, [two]).speedup, null);
});

test("clusterTables() shows pace, anatomies, traffic and processor time, summed over trainers", () => {
  assert.deepEqual(clusterTables([one, two]).split("\n"), [
    "preset    sequences  trainers  steps  median steps/s  × 1 trainer  mean ms a step",
    "ntm-copy     16 × 4         1    300           25.00         1.00            40.0",
    "ntm-copy     16 × 4         2    300           45.00         1.80            40.0",
    "",
    "Of a step, as the coordinator sees it, in ms:",
    "preset    sequences  trainers  hash, send  first result  other results   add  update  other",
    "ntm-copy     16 × 4         1        1.00          36.0           0.00  0.01    0.50   2.49",
    "ntm-copy     16 × 4         2        1.00          36.0           0.00  0.01    0.50   2.49",
    "",
    "Of a step, as a trainer sees it (the mean over all of them), in ms:",
    "preset    sequences  trainers  wait: parameters  wait: batches  compute  hash, publish  other",
    "ntm-copy     16 × 4         1              4.00           0.02     33.0           0.60   2.38",
    "ntm-copy     16 × 4         2              4.00           0.02     33.0           0.60   2.38",
    "",
    "Messages of a step, in kB; a trainer's are the mean over all of them:",
    "preset    sequences  trainers  coordinator sends  coordinator receives  a trainer receives  a trainer sends",
    "ntm-copy     16 × 4         1                1.0                   2.0                 1.5              2.0",
    "ntm-copy     16 × 4         2                1.0                   2.0                 1.5              2.0",
    "",
    "Processor time for a step, user and system, in ms:",
    "preset    sequences  trainers  broker  coordinator  evaluator  data-env  trainer   all  processors",
    "ntm-copy     16 × 4         1    1.00         4.00       0.10      2.00     36.9  44.0        1.10",
    "ntm-copy     16 × 4         2    2.00         6.00       0.10      2.00     41.0  51.1        1.28",
  ]);
});

test("clusterTables() leaves out processor time if the system does not report it", () => {
  const cpu = { ...one.anatomy.cpu, broker: null };
  const last = clusterTables([{ ...one, anatomy: { ...one.anatomy, cpu } }])
    .split("\n")
    .at(-1);
  assert.match(last!, /1 {10,}4\.00 +0\.10 +2\.00 +36\.9$/);
});
