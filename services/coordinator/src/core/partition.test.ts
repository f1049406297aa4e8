import assert from "node:assert/strict";
import { test } from "node:test";
import { isNode, nodeKey, type TreeNode } from "memnet";
import { dividedAt, partition, size } from "./partition.ts";

const cut = (leaves: number, trainers: number) => partition(leaves, trainers).map(nodeKey).join(" ");

test("partition() halves the first of the largest nodes until each trainer has one", () => {
  assert.equal(cut(8, 1), "0-8");
  assert.equal(cut(8, 2), "0-4 4-8");
  assert.equal(cut(8, 3), "0-2 2-4 4-8");
  assert.equal(cut(8, 4), "0-2 2-4 4-6 6-8");
  assert.equal(cut(6, 3), "0-2 2-4 4-6");
});

test("partition() returns the whole tree for no trainers, and single leaves for many", () => {
  assert.equal(cut(5, 0), "0-5");
  assert.equal(cut(1, 9), "0-1");
  assert.equal(cut(3, 9), "0-1 1-2 2-3");
});

test("partition() covers the micro-batches in order with tree nodes, about one per trainer", () => {
  for (let leaves = 1; leaves <= 33; leaves++) {
    for (let trainers = 1; trainers <= 35; trainers++) {
      const nodes = partition(leaves, trainers);
      let at = 0;
      for (const node of nodes) {
        assert.ok(isNode(node, leaves), `${leaves} leaves, node ${nodeKey(node)}`);
        assert.equal(node.lo, at);
        at += size(node);
      }
      assert.equal(at, leaves);
      assert.equal(nodes.length, Math.min(leaves, trainers));
    }
  }
});

test("dividedAt() halves the nodes that are larger than a wanted one in them", () => {
  const divided = (wanted: readonly TreeNode[], trainers: number) =>
    dividedAt(wanted, partition(8, trainers)).map(nodeKey).join(" ");
  const wanted = [
    { lo: 0, hi: 2 },
    { lo: 4, hi: 8 },
  ];
  assert.equal(divided(wanted, 1), "0-2 2-4 4-8");
  assert.equal(divided(wanted, 3), "0-2 2-4 4-8");
  assert.equal(divided(wanted, 8), "0-1 1-2 2-3 3-4 4-5 5-6 6-7 7-8");
  assert.equal(divided([], 1), "0-8");
});
