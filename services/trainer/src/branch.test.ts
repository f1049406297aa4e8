import assert from "node:assert/strict";
import { test } from "node:test";
import { combine, plainCombiner, type TreeNode } from "memnet";
import { type Added, Branch } from "./branch.ts";

const at = { epoch: 1, step: 7 };
const whole = { lo: 0, hi: 5 };

function gradientOf({ lo, hi }: TreeNode): Float32Array {
  return Float32Array.from({ length: 9 }, (_, index) => 10 ** ((index * 7 + lo * 5 + hi) % 11) / 3);
}
const addend = (lo: number, hi: number) => ({
  node: { lo, hi },
  hash: `${lo}-${hi}`,
  gradient: gradientOf({ lo, hi }),
});
const branch = () => new Branch(plainCombiner(9, 5));

const orders = [
  [
    [0, 1],
    [1, 2],
    [2, 4],
    [4, 5],
  ],
  [
    [4, 5],
    [2, 4],
    [1, 2],
    [0, 1],
  ],
  [
    [0, 4],
    [4, 5],
  ],
] as const;

for (const order of orders) {
  test(`the sum of ${order.map((node) => node.join("-")).join(", ")} has the tree's bits, and comes once`, () => {
    const own = branch();
    own.begin(at, whole);
    const sums = order.map(([lo, hi]) => own.take(at, addend(lo, hi)));
    assert.ok(sums.slice(0, -1).every((sum) => sum === undefined));
    const added = sums.at(-1)!;
    const known = (node: TreeNode) =>
      order.some(([lo, hi]) => lo === node.lo && hi === node.hi)
        ? { gradient: gradientOf(node), loss: 0 }
        : undefined;
    assert.deepEqual(added.gradient, combine(whole, known).gradient);
    assert.deepEqual(added.position, at);
    assert.deepEqual(
      added.parts.map(({ hash }) => hash),
      order.map((node) => node.join("-")).sort(),
    );
    const [lo, hi] = order[0]!;
    assert.equal(own.take(at, addend(lo, hi)), undefined);
  });
}

test("gradients may come before the step's message", () => {
  const own = branch();
  own.begin({ epoch: 1, step: 6 }, whole);
  own.take(at, addend(0, 4));
  own.take(at, addend(4, 5));
  assert.equal(own.begin(at, whole)?.parts.length, 2);
});

test("gradients of an earlier step, and of nodes outside the branch, are not added", () => {
  const own = branch();
  own.take({ epoch: 1, step: 6 }, addend(0, 2));
  const none: (Added | undefined)[] = [own.begin(at, { lo: 0, hi: 4 }), own.take(at, addend(0, 2))];
  none.push(own.take({ epoch: 1, step: 6 }, addend(2, 4)), own.take(at, addend(4, 5)));
  assert.deepEqual(none, [undefined, undefined, undefined, undefined]);
  assert.deepEqual(
    own.take(at, addend(2, 4))?.parts.map(({ hash }) => hash),
    ["0-2", "2-4"],
  );
});

test("a later step's gradient ends an earlier step", () => {
  const own = branch();
  own.begin(at, whole);
  own.take({ epoch: 2, step: 1 }, addend(0, 4));
  assert.equal(own.take(at, addend(0, 4)), undefined);
  assert.equal(own.take(at, addend(4, 5)), undefined);
  assert.equal(own.begin(at, whole), undefined);
});
