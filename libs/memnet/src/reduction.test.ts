import assert from "node:assert/strict";
import { test } from "node:test";
import {
  addInto,
  children,
  isFiniteSum,
  isNode,
  meanAndClip,
  middle,
  type NodeSum,
  reduce,
  type TreeNode,
} from "./reduction.ts";
import { fuzzDraws } from "./testing/fuzz.ts";
import { assertSameBytes, float32, golden } from "./testing/golden.ts";

const leafCounts = [1, 2, 3, 5, 6, 7, 8, 11];
const elements = 101;

/** All nodes of the tree over `leaves`, by the definition. */
function nodesOf(leaves: number): TreeNode[] {
  const below = (lo: number, hi: number): TreeNode[] => {
    if (hi - lo === 1) return [{ lo, hi }];
    let half = 1;
    while (half * 2 < hi - lo) half *= 2;
    return [{ lo, hi }, ...below(lo, lo + half), ...below(lo + half, hi)];
  };
  return below(0, leaves);
}

function leafSums(sums: Float32Array): (leaf: number) => NodeSum {
  return (leaf) => ({ gradient: sums.slice(leaf * elements, (leaf + 1) * elements), loss: leaf });
}

function sameGradient(one: Float32Array, other: Float32Array): boolean {
  return one.every((value, index) => Object.is(value, other[index]));
}

test("middle() is lo + the largest power of two below hi − lo", () => {
  for (let size = 2, half = 1; size <= 5000; size++) {
    if (half * 2 < size) half *= 2;
    assert.equal(middle({ lo: 3, hi: 3 + size }), 3 + half, `size ${size}`);
  }
  for (let power = 12; power <= 31; power++) {
    for (const [size, half] of [
      [2 ** power - 1, 2 ** (power - 1)],
      [2 ** power, 2 ** (power - 1)],
      [2 ** power + 1, 2 ** power],
    ] as const) {
      assert.equal(middle({ lo: 0, hi: size }), half, `size ${size}`);
    }
  }
});

test("children() cut a node in two, and a leaf not at all", () => {
  assert.deepEqual(children({ lo: 0, hi: 5 }), [
    { lo: 0, hi: 4 },
    { lo: 4, hi: 5 },
  ]);
  assert.deepEqual(children({ lo: 4, hi: 6 }), [
    { lo: 4, hi: 5 },
    { lo: 5, hi: 6 },
  ]);
  assert.equal(children({ lo: 3, hi: 4 }), undefined);
});

test("isNode() agrees with the enumeration of every tree up to 40 leaves", () => {
  for (let leaves = 1; leaves <= 40; leaves++) {
    const nodes = new Set(nodesOf(leaves).map(({ lo, hi }) => `${lo} ${hi}`));
    assert.equal(nodes.size, 2 * leaves - 1);
    for (let lo = -1; lo <= leaves + 1; lo++) {
      for (let hi = -1; hi <= leaves + 1; hi++) {
        assert.equal(isNode({ lo, hi }, leaves), nodes.has(`${lo} ${hi}`), `${lo}…${hi} of ${leaves}`);
      }
    }
  }
});

test("isNode() is false of what is no range of whole numbers", () => {
  for (const [lo, hi] of [
    [0.5, 1],
    [0, Number.NaN],
    [Number.NaN, 1],
    [0, Number.POSITIVE_INFINITY],
    [2, 2],
    [3, 1],
  ] as const) {
    assert.equal(isNode({ lo, hi }, 8), false);
  }
});

test("reduce() equals golden reduction to the byte", () => {
  const file = golden("reduction");
  for (const leaves of leafCounts) {
    const root = reduce({ lo: 0, hi: leaves }, leafSums(float32(file, `${leaves}.sums`)));
    const mean = root.gradient.slice();
    meanAndClip(mean, 16 * leaves, Number.POSITIVE_INFINITY);
    assertSameBytes(mean, float32(file, `${leaves}.gradient`), `${leaves}.gradient`);
    const norm = meanAndClip(root.gradient, 16 * leaves, 50);
    assert.equal(norm, file.tensors.get(`${leaves}.norm`)!.data[0]);
    assertSameBytes(root.gradient, float32(file, `${leaves}.clipped`), `${leaves}.clipped`);
  }
});

test("reduce() gives the same bits from any cover of the tree by subtrees", () => {
  const sums = float32(golden("reduction"), "11.sums");
  const whole = reduce({ lo: 0, hi: 11 }, leafSums(sums));
  for (let round = 0; round < 50; round++) {
    const draws = fuzzDraws(1, round);
    // A trainer adds up a subtree by itself, and the coordinator adds the rest.
    const add = (node: TreeNode): NodeSum => {
      const halves = children(node);
      if (!halves || draws.bit() === 1) return reduce(node, leafSums(sums));
      const right = add(halves[1]);
      const left = add(halves[0]);
      addInto(left.gradient, right.gradient);
      return { gradient: left.gradient, loss: left.loss + right.loss };
    };
    const { gradient, loss } = add({ lo: 0, hi: 11 });
    assertSameBytes(gradient, whole.gradient, `seed 1 round ${round}`);
    assert.equal(loss, whole.loss);
  }
});

test("reduce() adds the losses in the same tree, in float64", () => {
  const losses = [0.1, 0.2, 0.3, 1e16, -1e16];
  const leaf = (index: number): NodeSum => ({ gradient: new Float32Array(1), loss: losses[index]! });
  assert.equal(reduce({ lo: 0, hi: 5 }, leaf).loss, 0.1 + 0.2 + (0.3 + 1e16) + -1e16);
});

test("reduce() in a wrong order would give other bits", () => {
  // float32 holds 24 bits: 1 is lost beside 2²⁵, unless the large ones have met before.
  const planted = [2 ** 25, 1, -(2 ** 25)].map((value) => Float32Array.of(value));
  const leaf = (order: readonly number[]) => (index: number) => ({
    gradient: planted[order[index]!]!.slice(),
    loss: 0,
  });
  assert.equal(reduce({ lo: 0, hi: 3 }, leaf([0, 1, 2])).gradient[0], 0);
  assert.equal(reduce({ lo: 0, hi: 3 }, leaf([0, 2, 1])).gradient[0], 1);
  // And one after the other is not the tree, on the golden numbers.
  const sums = float32(golden("reduction"), "7.sums");
  const inTurn = leafSums(sums)(0).gradient;
  for (let index = 1; index < 7; index++) addInto(inTurn, leafSums(sums)(index).gradient);
  assert.equal(sameGradient(inTurn, reduce({ lo: 0, hi: 7 }, leafSums(sums)).gradient), false);
});

test("isFiniteSum() finds a single element or loss that is not finite", () => {
  const gradient = new Float32Array(5);
  assert.equal(isFiniteSum({ gradient, loss: 1 }), true);
  for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    assert.equal(isFiniteSum({ gradient, loss: wrong }), false);
    for (const place of [0, 4]) {
      const planted = gradient.slice();
      planted[place] = wrong;
      assert.equal(isFiniteSum({ gradient: planted, loss: 1 }), false);
    }
  }
});

test("meanAndClip() divides, and leaves a short gradient as it is", () => {
  const gradient = Float32Array.of(6, 8);
  assert.equal(meanAndClip(gradient, 2, 50), 5);
  assert.deepEqual(gradient, Float32Array.of(3, 4));
});

test("meanAndClip() leaves a gradient of norm 0 at 0", () => {
  const gradient = new Float32Array(3);
  assert.equal(meanAndClip(gradient, 4, 50), 0);
  assert.deepEqual(gradient, new Float32Array(3));
});

test("meanAndClip() scales only what is longer than the maximum, not what is just as long", () => {
  const just = Float32Array.of(30, 40);
  assert.equal(meanAndClip(just, 1, 50), 50);
  assert.deepEqual(just, Float32Array.of(30, 40));
  const longer = Float32Array.of(60, 80);
  assert.equal(meanAndClip(longer, 1, 50), 100);
  assert.deepEqual(longer, Float32Array.of(30, 40));
});

test("meanAndClip() does not overflow on the largest float32", () => {
  const gradient = new Float32Array(1000).fill(3.4e38);
  assert.ok(Number.isFinite(meanAndClip(gradient, 1, 50)));
  assert.ok(gradient.every(Number.isFinite));
});
