import assert from "node:assert/strict";
import { test } from "node:test";
import { packNumbers, unpackNumbers } from "./numbers.ts";

function roundTrip(numbers: Float32Array): [numberBytes: number, bytes: number] {
  const packed = packNumbers(numbers);
  const back = unpackNumbers(packed);
  assert.deepEqual(new Uint8Array(back.buffer), new Uint8Array(numbers.buffer.slice(0)));
  return [packed.numberBytes, packed.bytes.length];
}

test("packNumbers() uses one byte per number if all are integers from 0 to 255", () => {
  assert.deepEqual(roundTrip(Float32Array.from({ length: 256 }, (_, index) => index)), [1, 256]);
  assert.deepEqual(roundTrip(new Float32Array(0)), [1, 0]);
});

test("packNumbers() uses four bytes if a single number is not", () => {
  for (const other of [-1, 256, 0.5, 1e-45, -0, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 32]) {
    for (const index of [0, 6]) {
      const numbers = Float32Array.from({ length: 7 }, (_, index) => index % 2);
      numbers[index] = other;
      assert.deepEqual(roundTrip(numbers), [4, 28], String(other));
    }
  }
});

test("unpackNumbers() returns new memory, and rejects a length that is not a multiple of four", () => {
  const numbers = Float32Array.of(0.5, 2);
  const unpacked = unpackNumbers(packNumbers(numbers));
  unpacked[0] = 9;
  assert.equal(numbers[0], 0.5);
  assert.throws(() => unpackNumbers({ numberBytes: 4, bytes: new Uint8Array(6) }), {
    name: "ProtocolError",
    message: /multiple of 4, got 6/,
  });
});
