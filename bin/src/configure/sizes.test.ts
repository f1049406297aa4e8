import assert from "node:assert/strict";
import { test } from "node:test";
import { UsageError } from "@memnet/terminal";
import { sizesOf } from "./sizes.ts";

test("sizesOf() reads --size, --length and --repeats, and the last --size of a name wins", () => {
  assert.deepEqual(sizesOf({ size: [] }), {});
  assert.deepEqual(sizesOf({ size: ["items=12", "items=8"], length: "3", repeats: "2" }), {
    length: 3,
    repeats: 2,
    items: 8,
  });
});

test("sizesOf() refuses what is no size", () => {
  const refused = (flags: Parameters<typeof sizesOf>[0]) => {
    try {
      sizesOf(flags);
    } catch (error) {
      assert.ok(error instanceof UsageError);
      return error.message;
    }
    assert.fail("must be refused");
  };
  assert.equal(
    refused({ size: ["items"] }),
    'Cannot use --size: it must be NAME=NUMBER, as in items=12, got "items"',
  );
  assert.equal(
    refused({ size: ["items=0"] }),
    "Cannot use --size items: it must be a whole number from 1 to 10000, got 0",
  );
  assert.equal(refused({ size: [], length: "x" }), 'Cannot use --length: it must be a number, got "x"');
});
