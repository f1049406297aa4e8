import assert from "node:assert/strict";
import { test } from "node:test";
import type { Result } from "./events.ts";
import { History, namesItsBatches } from "./history.ts";
import type { Asked } from "./step-work.ts";

function result(trainer: string, more: Partial<Result> = {}): Result {
  return {
    trainer,
    machine: `m-${trainer}`,
    step: 5,
    node: { lo: 0, hi: 2 },
    parametersHash: "p",
    batchHashes: ["b0", "b1"],
    madeBy: [null, null],
    hash: "h",
    nonFinite: [],
    sum: { gradient: new Float32Array(1), loss: 1 },
    attempt: 0,
    ...more,
  };
}

/** Everybody was given every node. */
const asked: Asked = new Map(["0-2", "1-2", "0-4"].map((node) => [node, new Set(["a", "b", "c"])]));

function begun(stepsMax = 10): History {
  const history = new History(stepsMax);
  history.begin(5, "p", asked);
  return history;
}

test("History.compare() remembers a node's first result and compares later ones with it", () => {
  const history = begun();
  assert.deepEqual(history.compare(result("a")), { agrees: "first" });
  assert.deepEqual(history.compare(result("b")), { agrees: "same" });
  assert.deepEqual(history.compare(result("c", { hash: "other" })), {
    agrees: "differs",
    inBatch: false,
    why: "step 5, node 0-2: trainer a on m-a gave h, trainer c on m-c gave other",
    others: ["a"],
  });
  assert.equal(history.compare(result("b")).agrees, "differs", "from the third one");
  assert.deepEqual(
    history.opinions(5, { lo: 0, hi: 2 }).map(({ trainer, hash }) => trainer + hash),
    ["ah", "bh", "cother"],
  );
});

test("History.compare() compares two trainers' batches for one micro-batch, even in different nodes", () => {
  const history = begun();
  history.compare(result("a"));
  assert.deepEqual(history.compare(result("b", { node: { lo: 1, hi: 2 }, batchHashes: ["other"] })), {
    agrees: "differs",
    inBatch: true,
    why: "step 5, micro-batch 1: trainer a used batch b1, trainer b used other",
    others: ["a"],
  });
  const whole = { node: { lo: 0, hi: 4 }, batchHashes: ["b0", "b1", "b2", "b3"] };
  assert.deepEqual(history.compare(result("b", whole)), { agrees: "first" });
});

test("History.compare() treats two non-finite results as equal, and finite and non-finite as different", () => {
  const history = begun();
  history.compare(result("a", { nonFinite: [0], hash: "nan1" }));
  assert.deepEqual(history.compare(result("b", { nonFinite: [0, 1], hash: "nan2" })), { agrees: "same" });
  assert.deepEqual(history.compare(result("c")), {
    agrees: "differs",
    inBatch: false,
    why: "step 5, node 0-2: trainer a on m-a gave a result that is not finite, trainer c on m-c gave h",
    others: ["a"],
  });
});

test("History.compare() does not compare results for different parameters", () => {
  const history = begun();
  history.compare(result("a"));
  const other = { parametersHash: "q", hash: "other", batchHashes: ["x", "y"] };
  assert.deepEqual(history.compare(result("b", other)), { agrees: "other-parameters" });
});

test("History.compare() remembers nothing of a trainer that was not given the node", () => {
  const history = begun();
  assert.deepEqual(history.compare(result("liar", { hash: "other" })), { agrees: "not-asked" });
  assert.deepEqual(history.compare(result("a")), { agrees: "first" });
  assert.deepEqual(history.compare(result("liar", { hash: "other" })), { agrees: "not-asked" });
});

test("History forgets the oldest steps beyond its limit", () => {
  const history = begun(3);
  for (const step of [6, 7]) history.begin(step, "p", asked);
  assert.deepEqual(history.compare(result("a")), { agrees: "first" });
  history.begin(8, "p", asked);
  assert.deepEqual(history.compare(result("a")), { agrees: "unknown-step" });
  assert.deepEqual(history.compare(result("a", { step: 6 })), { agrees: "first" });
  assert.deepEqual(history.compare(result("a", { step: 9 })), { agrees: "unknown-step" });
});

test("History.correct() makes later batches be compared with those that are right", () => {
  const history = begun();
  history.compare(result("a", { batchHashes: ["b0", "wrong"] }));
  history.correct(result("b"));
  const part = { node: { lo: 1, hi: 2 }, batchHashes: ["b1"], madeBy: [null] };
  assert.deepEqual(history.compare(result("c", part)), { agrees: "first" });
});

test("namesItsBatches() requires one batch per micro-batch", () => {
  assert.equal(namesItsBatches(result("a")), true);
  assert.equal(namesItsBatches(result("a", { batchHashes: ["b0"] })), false);
  assert.equal(namesItsBatches(result("a", { batchHashes: ["b0", "b1", "b2"] })), false);
  assert.equal(namesItsBatches(result("a", { madeBy: [null] })), false);
});
