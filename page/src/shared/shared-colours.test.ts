import assert from "node:assert/strict";
import { test } from "node:test";
import { withSharedColours } from "./shared-colours.ts";

const written = (most: number) => ({ kind: "written", colours: { kind: "signed", most } }) as const;
const strength = (most: number) => ({ kind: "strength", colours: { kind: "amount", most } }) as const;
const weights = { kind: "weights", colours: { kind: "pair", names: ["write", "read"] } } as const;

test("withSharedColours() takes the largest value of each kind of picture, on any side", () => {
  const sides = [
    [written(2), strength(9), weights],
    [written(5), written(3), weights],
  ];
  assert.deepEqual(withSharedColours(sides), [
    [written(5), strength(9), weights],
    [written(5), written(5), weights],
  ]);
});

test("withSharedColours() leaves an amount and a signed number of one kind apart", () => {
  const input = (kind: "amount" | "signed", most: number) =>
    ({ kind: "input", colours: { kind, most } }) as const;
  const sides = [[input("amount", 1)], [input("signed", 4)]];
  assert.deepEqual(withSharedColours(sides), sides);
  assert.deepEqual(withSharedColours([]), []);
});
