import assert from "node:assert/strict";
import { test } from "node:test";
import { isNode, nodeKey } from "memnet";
import { partition, size } from "./partition.ts";

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
