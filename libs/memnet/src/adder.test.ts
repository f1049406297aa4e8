import assert from "node:assert/strict";
import { test } from "node:test";
import { type Adder, createAdder, plainAdder, sumNode } from "./adder.ts";
import { reduce } from "./reduction.ts";
import { assertSameBytes } from "./testing/golden.ts";

const adders: Record<string, (count: number, leaves: number) => Promise<Adder>> = {
  createAdder,
  plainAdder: async (count, leaves) => plainAdder(count, leaves),
};

/** Of all sizes, both signs; sums of them depend on their order. */
function gradientOf(leaf: number, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, index) => {
    const place = (index * 37 + leaf * 101) % 997;
    return (place % 2 === 0 ? 1 : -1) * 10 ** ((place % 55) - 44) * (1 + place / 997);
  });
}

for (const [name, create] of Object.entries(adders)) {
  for (const [leaves, node] of [
    [1, { lo: 0, hi: 1 }],
    [7, { lo: 0, hi: 7 }],
    [16, { lo: 8, hi: 16 }],
  ] as const) {
    test(`${name}(): sumNode() adds ${node.lo}-${node.hi} of ${leaves} as reduce() does`, async () => {
      const count = 1003;
      const adder = await create(count, leaves);
      for (let time = 0; time < 2; time++) {
        const sum = await sumNode(adder, node, {
          async compute(leaf, into) {
            into.set(gradientOf(leaf, count));
            return leaf / 3;
          },
          notFinite: (leaf) => assert.fail(`${leaf} is finite`),
        });
        const wanted = reduce(node, (leaf) => ({ gradient: gradientOf(leaf, count), loss: leaf / 3 }));
        assert.equal(sum?.loss, wanted.loss);
        assertSameBytes(sum.gradient, wanted.gradient, "gradient");
      }
    });
  }

  test(`${name}(): sumNode() names each leaf that is not finite, and adds it all the same`, async () => {
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      for (const place of [0, 3, 4, 6]) {
        const adder = await create(7, 4);
        const found: number[] = [];
        const sum = await sumNode(
          adder,
          { lo: 0, hi: 4 },
          {
            async compute(leaf, into) {
              into.fill(3e38 * (leaf % 2 === 0 ? 1 : -1));
              if (leaf === 1) into[place] = wrong;
              return leaf === 2 ? wrong : 0;
            },
            notFinite: (leaf) => found.push(leaf),
          },
        );
        assert.deepEqual(found, [1, 2], `${wrong} at ${place}`);
        assert.deepEqual([sum?.gradient[place], sum?.gradient[1]], [wrong, 0]);
      }
    }
  });

  test(`${name}(): sumNode() computes nothing more once a leaf gives up`, async () => {
    const computed: number[] = [];
    const sum = await sumNode(
      await create(3, 4),
      { lo: 0, hi: 4 },
      {
        async compute(leaf) {
          computed.push(leaf);
          return leaf === 1 ? null : 0;
        },
      },
    );
    assert.equal(sum, null);
    assert.deepEqual(computed, [0, 1]);
  });
}
