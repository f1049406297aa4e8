/** SHA-256 in lower-case hexadecimal: by Node.js, which uses the processor's instructions, or by a portable package. */

import { sha256 as digest } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";

type Data = Uint8Array | string;

/** The part of `node:crypto` in use. It is not imported, since a browser has none. */
interface Host {
  readonly process?: {
    getBuiltinModule?(name: "node:crypto"): {
      createHash(name: "sha256"): { update(data: Data): { digest(encoding: "hex"): string } };
    };
  };
}
const own = (globalThis as Host).process?.getBuiltinModule?.("node:crypto");

export function sha256(data: Data): string {
  return own ? own.createHash("sha256").update(data).digest("hex") : portableSha256(data);
}

export function portableSha256(data: Data): string {
  return bytesToHex(digest(typeof data === "string" ? new TextEncoder().encode(data) : data));
}

/** The hash of a run's result, docs/model.md §2. */
export function parametersHash(parameters: Float32Array): string {
  return sha256(bytesOf(parameters));
}

/** The bytes of an array, without a copy. All machines that Node.js supports are little-endian. */
export function bytesOf(array: Float32Array | Float64Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
