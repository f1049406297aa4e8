import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod";
import { depthMax } from "./limits.ts";
import { isPlain, list } from "./plain.ts";

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { inner: value };
  return value;
}

test("isPlain() takes what JSON can write, and nothing else", () => {
  for (const value of [null, undefined, true, 1.5, Number.NaN, "text", [], {}, { a: [1, { b: null }] }])
    assert.ok(isPlain(value), String(value));
  for (const value of [1n, Symbol("s"), () => {}, new Date(), new Map(), new Set(), /x/, new Error("e")])
    assert.ok(!isPlain([value]), String(value));
  assert.ok(!isPlain({ bytes: new Uint8Array(4) }));
});

test("isPlain() refuses what is nested too deep, however deep it is", () => {
  assert.ok(isPlain(nested(depthMax)));
  assert.ok(!isPlain(nested(depthMax + 1)));
  assert.ok(!isPlain(nested(100_000)));
});

test("list() checks no element of a list that is too long", () => {
  let checked = 0;
  const element = z.number().refine(() => ++checked > 0);
  assert.deepEqual(list(element, 3).parse([1, 2, 3]), [1, 2, 3]);
  assert.equal(checked, 3);
  assert.equal(list(element, 3).safeParse([1, 2, 3, 4]).success, false);
  assert.equal(list(element, 3).safeParse({ length: 1 }).success, false);
  assert.equal(checked, 3);
});
