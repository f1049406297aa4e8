import assert from "node:assert/strict";
import { test } from "node:test";
import type { Said } from "./history.ts";
import { decide } from "./verdict.ts";

const said = (trainer: string, hash: string, more: Partial<Said> = {}): Said => ({
  ...{ trainer, machine: `m-${trainer}`, step: 1, node: { lo: 0, hi: 1 }, hash },
  ...{ batchHashes: ["b"], madeBy: [null], nonFinite: [], attempt: 0, ...more },
});

test("decide() returns what two agree on, and who does not", () => {
  const [a, b, c] = [said("a", "right"), said("b", "wrong"), said("c", "right")];
  assert.deepEqual(decide([a, b, c]), { right: a, odd: [b] });
  assert.equal(decide([a, b]), undefined);
  assert.equal(decide([a, b, c, said("d", "wrong")]), undefined, "two against two");
});

test("decide() believes no result that is not what its trainer says of it, even if another one agrees with it", () => {
  const lie = { implausible: true };
  const [a, b, c, d] = [said("a", "NaN", lie), said("b", "NaN", lie), said("c", "right"), said("d", "right")];
  assert.equal(decide([a, b]), undefined);
  assert.deepEqual(decide([a, b, c, d]), { right: c, odd: [a, b] });
});
