import assert from "node:assert/strict";
import { test } from "node:test";
import { hashOf, RefusedError } from "@memnet/protocol";
import { BlobStore } from "./blobs.ts";

const bytes = Uint8Array.from({ length: 10 }, (_, index) => index);
const gone = (error: unknown) => error instanceof RefusedError && error.code === "GONE";

test("BlobStore.offer() returns owner, hash and length", () => {
  const blobs = new BlobStore("a1");
  assert.deepEqual(blobs.offer("tensor", bytes), { owner: "a1", hash: hashOf(bytes), bytes: 10 });
});

test("BlobStore.range() returns part of a blob, truncated at its end", () => {
  const blobs = new BlobStore("a1");
  const { hash } = blobs.offer("tensor", bytes);
  assert.deepEqual([...blobs.range(hash, 0, 4)], [0, 1, 2, 3]);
  assert.deepEqual([...blobs.range(hash, 8, 4)], [8, 9]);
  assert.throws(
    () => blobs.range(hash, 10, 1),
    (error) => error instanceof RefusedError && error.code === "RANGE",
  );
});

test("BlobStore holds one blob per name: a newer one replaces the older one", () => {
  const blobs = new BlobStore("a1");
  const older = blobs.offer("tensor", bytes);
  const newer = blobs.offer("tensor", bytes.subarray(5));
  assert.throws(() => blobs.range(older.hash, 0, 1), gone);
  assert.deepEqual([...blobs.range(newer.hash, 0, 2)], [5, 6]);
});

test("BlobStore.withdraw() withdraws only its name, even if another has the same bytes", () => {
  const blobs = new BlobStore("a1");
  const { hash } = blobs.offer("one", bytes);
  blobs.offer("two", bytes);
  blobs.withdraw("one");
  assert.equal(blobs.range(hash, 0, 10).length, 10);
  blobs.withdraw("two");
  assert.throws(() => blobs.range(hash, 0, 10), gone);
  blobs.withdraw("never offered");
});
