import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { bytesOf, parametersHash, portableSha256, sha256 } from "./sha256.ts";

for (const hash of [sha256, portableSha256]) {
  test(`${hash.name}() gives the known answers`, () => {
    assert.equal(hash(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert.equal(hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert.equal(hash(new Uint8Array([97, 98, 99])), hash("abc"));
    assert.equal(hash("→"), createHash("sha256").update("→", "utf8").digest("hex"));
  });
}

test("bytesOf() is a view of the array's own part of its buffer", () => {
  const whole = Float32Array.of(1, 2, 3, 4);
  const part = bytesOf(whole.subarray(1, 3));
  assert.equal(part.length, 8);
  whole[1] = 5;
  assert.deepEqual(part, new Uint8Array(Float32Array.of(5, 3).buffer));
  assert.equal(bytesOf(Float64Array.of(1)).length, 8);
});

test("parametersHash() hashes little-endian float32 bytes", () => {
  const bytes = Buffer.alloc(8);
  bytes.writeFloatLE(1.5, 0);
  bytes.writeFloatLE(-0, 4);
  assert.equal(parametersHash(Float32Array.of(1.5, -0)), createHash("sha256").update(bytes).digest("hex"));
  assert.notEqual(parametersHash(Float32Array.of(0)), parametersHash(Float32Array.of(-0)));
});
