import assert from "node:assert/strict";
import { test } from "node:test";
import type { Present } from "@memnet/service";
import { clusterOf } from "./cluster.ts";

function actor(role: Present["role"], id: string, more: Partial<Present> = {}): Present {
  const plain = {
    run: "mine",
    state: "training",
    waitsFor: null,
    waitsSeconds: null,
    metricsPath: "/metrics",
    metricsPort: null,
  };
  return { id, role, machine: "box", ...plain, detail: {}, ...more };
}

function coordinator(trainers: readonly object[] = [], more: Partial<Present> = {}): Present {
  const figures = { epoch: 2, step: 30, loss: 1.5, stepsPerSecond: 12.5, stepMs: null };
  return actor("coordinator", "c", { detail: { ...figures, trainers }, ...more });
}

function trainer(id: string, perSecond: number, more: Partial<Present> = {}): Present {
  const detail = { engine: "wasm", microBatchesPerSecond: perSecond, computeMs: 4, busy: 0.5 };
  return actor("trainer", id, { detail, ...more });
}

test("clusterOf() says what each trainer does, as reported by the coordinator", () => {
  const members = ["a", "b", "d", "f"].map((id) => ({ id, machine: "box", doubted: id === "b", nodes: [] }));
  const actors = [
    coordinator(members),
    ...[trainer("d", 0), trainer("b", 3), trainer("a", 9), trainer("e", 0, { detail: {} })],
    trainer("x", 5, { run: "other" }),
    trainer("y", 0, { run: null }),
  ];
  const { trainers, idleTrainers, otherTrainers, coordinator: leader } = clusterOf("mine", actors);
  assert.deepEqual(
    trainers.rows.map(({ id, does }) => [id, does]),
    [
      ["a", "computes"],
      ["b", "is late: not waited for"],
      ["d", "has no work"],
      ["e", "joins"],
      ["f", "does not answer"],
    ],
  );
  assert.deepEqual([trainers.count, trainers.perSecond, trainers.byMachine], [5, 12, false]);
  assert.deepEqual([idleTrainers, otherTrainers], [1, 1]);
  assert.deepEqual([leader?.step, leader?.loss, leader?.stepsPerSecond], [30, 1.5 / Math.LN2, 12.5]);
});

test("clusterOf() believes the newer of two coordinators, and none whose run is over", () => {
  const old = coordinator([], { id: "old", detail: { epoch: 1, step: 99 } });
  assert.equal(clusterOf("mine", [old, coordinator()]).coordinator?.step, 30);
  assert.equal(clusterOf("mine", [coordinator([], { state: "ended" })]).coordinator, null);
  assert.equal(clusterOf("other", [coordinator()]).coordinator, null);
});

test("clusterOf() has one row per machine if there are many trainers, and a bounded number of rows", () => {
  const many = (count: number, machines: number) =>
    Array.from({ length: count }, (_, index) => trainer(`t${index}`, 2, { machine: `m${index % machines}` }));
  const few = clusterOf("mine", many(24, 24)).trainers;
  assert.deepEqual([few.byMachine, few.rows.length], [false, 24]);
  const [first, ...rest] = clusterOf("mine", many(300, 3)).trainers.rows;
  assert.equal(rest.length, 2);
  assert.deepEqual(first, {
    ...{ id: "m0", machine: "m0", count: 100, does: "100 joins", engine: "wasm" },
    ...{ perSecond: 200, ms: 4, busy: 0.5 },
  });
  const hundreds = clusterOf("mine", many(500, 250)).trainers;
  assert.deepEqual([hundreds.rows.length, hundreds.more, hundreds.perSecond], [24, 226, 1000]);
});

test("clusterOf() ignores details that do not fit", () => {
  const odd = { microBatchesPerSecond: "many", engine: 7, computeMs: Number.NaN, busy: null };
  const actors = [
    coordinator([], { detail: { stepsPerSecond: -3, trainers: "all", stepMs: [1] } }),
    actor("trainer", "a", { detail: odd }),
    actor("data-env", "d", { run: null, state: "serving" }),
  ];
  const { coordinator: leader, trainers, dataEnvs } = clusterOf("mine", actors);
  assert.deepEqual([leader?.stepsPerSecond, leader?.stepMs], [0, null]);
  const [row] = trainers.rows;
  assert.deepEqual([row?.engine, row?.perSecond, row?.ms, row?.busy], [null, 0, null, null]);
  assert.deepEqual(dataEnvs.does, "1 has no work");
});
