import assert from "node:assert/strict";
import { test } from "node:test";
import { groupedBy } from "./grouped.ts";

test("groupedBy() keeps the order of items and of the groups' first items", () => {
  const groups = groupedBy([3, 1, 4, 1, 5, 9], (value) => value % 2 === 0);
  assert.deepEqual(
    [...groups],
    [
      [false, [3, 1, 1, 5, 9]],
      [true, [4]],
    ],
  );
  assert.equal(groupedBy([], String).size, 0);
});
