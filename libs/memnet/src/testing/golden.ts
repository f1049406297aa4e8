/** For tests: golden files, and comparison of bytes. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { decodeSafetensors, type Safetensors } from "../safetensors.ts";
import { bytesOf } from "../sha256.ts";

/** A file of libs/memnet/golden, by its name without `.safetensors`. */
export function golden(name: string): Safetensors {
  return decodeSafetensors(readFileSync(goldenPath(`${name}.safetensors`)));
}

/** The names of the files with a whole network's answers, for every model and variant. */
export const goldenModels: readonly string[] = readdirSync(goldenPath("")).flatMap((file) => {
  const match = /^((?:ntm|dnc|ff|lstm|mds)-[^.]+)\.safetensors$/.exec(file);
  return match ? [match[1]!] : [];
});

/** The numbers of a float32 tensor. */
export function float32(file: Safetensors, name: string): Float32Array {
  const data = file.tensors.get(name)?.data;
  assert.ok(data instanceof Float32Array, `${name} must be float32`);
  return data;
}

export function goldenPath(file: string): URL {
  return new URL(`../../golden/${file}`, import.meta.url);
}

type Floats = Float32Array | Float64Array;

/** Asserts equal bytes: 0 differs from −0, and a NaN equals itself. */
export function assertSameBytes(got: Floats, wanted: Floats, what: string): void {
  assert.equal(got.constructor, wanted.constructor, `${what}: another type`);
  assert.equal(got.length, wanted.length, `${what}: another length`);
  const [gotBytes, wantedBytes] = [bytesOf(got), bytesOf(wanted)];
  if (Buffer.compare(gotBytes, wantedBytes) === 0) return;
  const size = got.BYTES_PER_ELEMENT;
  const at = Math.floor(gotBytes.findIndex((byte, index) => byte !== wantedBytes[index]) / size);
  assert.fail(`${what}: element ${at} must be ${wanted[at]}, got ${got[at]}`);
}
