import assert from "node:assert/strict";
import { test } from "node:test";
import { hashOf } from "./hash.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("hashOf() is the SHA-256 of its concatenated parts", () => {
  assert.equal(hashOf(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  assert.equal(hashOf(bytes("abc")), abc);
  assert.equal(hashOf(bytes("a"), bytes(""), bytes("bc")), abc);
});

test("hashOf() hashes only the view's own bytes", () => {
  assert.equal(hashOf(bytes("xabcx").subarray(1, 4)), hashOf(bytes("abc")));
});
