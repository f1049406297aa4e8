import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeKey } from "memnet";
import type { Result } from "./events.ts";
import { FilledTree } from "./tree.ts";

function result(lo: number, hi: number, more: Partial<Result> = {}): Result {
  return {
    trainer: "a",
    machine: "m",
    step: 1,
    node: { lo, hi },
    parametersHash: "p",
    batchHashes: [],
    madeBy: [],
    hash: "h",
    nonFinite: [],
    sum: { gradient: new Float32Array(1), loss: lo },
    attempt: 0,
    ...more,
  };
}

const keys = (tree: FilledTree) => tree.parts().map(({ node }) => nodeKey(node));

test("FilledTree.isFilled() is true given a node's own result or both its children's, at any depth", () => {
  const tree = new FilledTree(5);
  assert.deepEqual(tree.root, { lo: 0, hi: 5 });
  for (const [lo, hi] of [
    [4, 5],
    [0, 2],
    [3, 4],
  ] as const) {
    tree.fill(result(lo, hi));
    assert.equal(tree.isFilled({ lo, hi }), true);
  }
  assert.equal(tree.isFilled({ lo: 2, hi: 4 }), false);
  assert.equal(tree.isFilled(tree.root), false);
  assert.equal(tree.isFilled({ lo: 0, hi: 1 }), false, "a node says nothing of its parts");
  tree.fill(result(2, 3));
  assert.equal(tree.isFilled({ lo: 0, hi: 4 }), true);
  assert.equal(tree.isFilled(tree.root), true);
  assert.deepEqual(keys(tree), ["0-2", "2-3", "3-4", "4-5"]);
});

test("FilledTree.parts() prefers a node's own result to its children's", () => {
  const tree = new FilledTree(4);
  for (const [lo, hi] of [
    [0, 1],
    [1, 2],
    [2, 4],
    [0, 2],
  ] as const)
    tree.fill(result(lo, hi, { nonFinite: lo === 2 ? [3] : [] }));
  assert.deepEqual(
    tree.parts().map(({ node, sum, nonFinite }) => [nodeKey(node), sum.loss, nonFinite]),
    [
      ["0-2", 0, []],
      ["2-4", 2, [3]],
    ],
  );
  tree.fill(result(0, 4));
  assert.deepEqual(keys(tree), ["0-4"]);
  assert.equal([...tree.all()].length, 5);
});

test("FilledTree.resultOf() returns only a node's own result", () => {
  const tree = new FilledTree(2);
  tree.fill(result(0, 1, { trainer: "a" }));
  tree.fill(result(1, 2, { trainer: "b" }));
  assert.equal(tree.resultOf({ lo: 1, hi: 2 })?.trainer, "b");
  assert.equal(tree.resultOf(tree.root), undefined);
});
