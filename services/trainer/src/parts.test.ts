import assert from "node:assert/strict";
import { test } from "node:test";
import { Parts } from "./parts.ts";

const [older, newer] = ["0", "1"].map((digit) => digit.repeat(64)) as [string, string];
const bytes = Uint8Array.from({ length: 10 }, (_, index) => index + 1);

function part(hash: string, offset: number, of = 10) {
  return { run: "mine", epoch: 1, trainingHash: older, hash, bytes: of, offset };
}

test("Parts gathers the parts of one hash, whichever comes first", () => {
  const parts = new Parts(10, 4);
  parts.add(part(older, 4), bytes.subarray(4, 8));
  const gathered = parts.of(older);
  parts.add(part(older, 0), bytes.subarray(0, 4));
  assert.deepEqual(gathered.lacking, [8]);
  parts.add(part(older, 8), bytes.subarray(8));
  assert.deepEqual(gathered.bytes, bytes);
});

test("Parts drops what it has of others once a part of another hash comes, and writes nothing more there", () => {
  const parts = new Parts(10, 4);
  parts.add(part(older, 0), bytes.subarray(0, 4));
  const gathered = parts.of(older);
  parts.add(part(newer, 4), bytes.subarray(4, 8));
  parts.add(part(newer, 8), bytes.subarray(8));
  assert.deepEqual(gathered.lacking, [4, 8]);
  assert.deepEqual(parts.of(newer).lacking, [0]);
  assert.deepEqual(parts.of(older).lacking, [0, 4, 8]);
});

test("Parts.add() refuses parameters of another size before it takes memory", () => {
  const parts = new Parts(10, 4);
  assert.throws(() => parts.add(part(older, 0, 2 ** 31 - 1), bytes.subarray(0, 4)), {
    code: "SIZE",
    message: "The parameters must have 10 bytes, got 2147483647",
  });
});
