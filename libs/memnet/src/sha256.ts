/** SHA-256 as lower-case hexadecimal, in any JavaScript engine. */

import { sha256 as digest } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";

export function sha256(data: Uint8Array | string): string {
  return bytesToHex(digest(typeof data === "string" ? new TextEncoder().encode(data) : data));
}

/** The hash that names a run's result: the parameters' little-endian float32 bytes in SPEC's order. */
export function parametersHash(parameters: Float32Array): string {
  return sha256(bytesOf(parameters));
}

/** The bytes of an array, without a copy. Every machine that Node.js runs on is little-endian. */
export function bytesOf(array: Float32Array | Float64Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
