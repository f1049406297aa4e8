import assert from "node:assert/strict";
import { test } from "node:test";
import { type Combiner, createCombiner, plainCombiner } from "./combiner.ts";
import { combine, type NodeSum, type TreeNode } from "./reduction.ts";
import { assertSameBytes } from "./testing/golden.ts";

const combiners: Record<string, (count: number, leaves: number) => Promise<Combiner>> = {
  createCombiner,
  plainCombiner: async (count, leaves) => plainCombiner(count, leaves),
};

/** Of all sizes, both signs; sums of them depend on their order. */
function sumOf({ lo, hi }: TreeNode, count: number): NodeSum {
  const gradient = Float32Array.from({ length: count }, (_, index) => {
    const place = (index * 37 + lo * 101 + hi * 11) % 997;
    return (place % 2 === 0 ? 1 : -1) * 10 ** ((place % 55) - 44) * (1 + place / 997);
  });
  return { gradient, loss: (lo + hi) / 3 };
}

const root = { lo: 0, hi: 7 };
const cuts: Record<string, readonly (readonly [number, number])[]> = {
  "the root": [[0, 7]],
  halves: [
    [0, 4],
    [4, 7],
  ],
  "nodes of different sizes": [
    [0, 1],
    [1, 2],
    [2, 4],
    [4, 6],
    [6, 7],
  ],
  leaves: [0, 1, 2, 3, 4, 5, 6].map((leaf) => [leaf, leaf + 1] as const),
};

for (const [name, create] of Object.entries(combiners)) {
  // Shorter than a block, one block, and two and a bit.
  for (const count of [5, 8192, 18_001]) {
    test(`${name}(): Combiner.combine() of ${count} numbers has the bits of combine(), however the tree is cut`, async () => {
      const combiner = await create(count, 7);
      const into = new Float32Array(count);
      for (const [cut, parts] of Object.entries(cuts)) {
        const known = ({ lo, hi }: TreeNode) =>
          parts.some((part) => part[0] === lo && part[1] === hi) ? sumOf({ lo, hi }, count) : undefined;
        const sum = combiner.combine(root, known, into);
        const wanted = combine(root, known);
        assert.equal(sum.loss, wanted.loss, cut);
        assert.equal(sum.gradient, into);
        assertSameBytes(into, wanted.gradient, cut);
      }
    });
  }

  test(`${name}(): Combiner.combine() changes no part, and keeps what is not finite in its place`, async () => {
    const combiner = await create(18_001, 7);
    const parts = new Map([0, 1, 2, 3, 4, 5, 6].map((lo) => [lo, sumOf({ lo, hi: lo + 1 }, 18_001)]));
    parts.get(2)!.gradient[5000] = Number.NaN;
    const before = parts.get(0)!.gradient.slice();
    const known = ({ lo, hi }: TreeNode) => (hi - lo === 1 ? parts.get(lo) : undefined);
    const { gradient } = combiner.combine(root, known, new Float32Array(18_001));
    assertSameBytes(parts.get(0)!.gradient, before, "part");
    const odd = [...gradient.keys()].filter((index) => Number.isNaN(gradient[index]));
    assert.deepEqual(odd, [5000]);
  });

  test(`${name}(): Combiner.combine() refuses parts that miss a micro-batch`, async () => {
    const combiner = await create(3, 7);
    const known = (node: TreeNode) => (node.hi <= 4 ? sumOf(node, 3) : undefined);
    assert.throws(() => combiner.combine(root, known, new Float32Array(3)), /micro-batch 4 has no sum/);
  });
}
