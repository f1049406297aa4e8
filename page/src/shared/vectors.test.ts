import assert from "node:assert/strict";
import { test } from "node:test";
import { readVectors, writtenVectors } from "./vectors.ts";

const plane = (shape: readonly number[], ...numbers: number[]) => ({
  shape,
  data: Float32Array.from(numbers),
});

test("writtenVectors() scales each head's vector by the sum of its weights", () => {
  const add = plane([2, 2, 3], 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 1, 1);
  const writeWeights = plane([2, 2, 2], 0.5, 0.5, 0.25, 0.25, 0, 0, 1, 0);
  const { shape, data } = writtenVectors({ add, writeWeights });
  assert.deepEqual(shape, [2, 2, 3]);
  assert.deepEqual([...data], [1, 2, 3, 2, 2.5, 3, 0, 0, 0, 1, 1, 1]);
});

test("readVectors() adds up the slots by their weights", () => {
  const memory = plane([2, 2, 3], 1, 2, 3, 10, 20, 30, 0, 0, 1, 4, 4, 4);
  const readWeights = plane([2, 1, 2], 0.5, 0.5, 0, 2);
  const { shape, data } = readVectors({ memory, readWeights });
  assert.deepEqual(shape, [2, 1, 3]);
  assert.deepEqual([...data], [5.5, 11, 16.5, 8, 8, 8]);
});
