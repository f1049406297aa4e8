/** Packs float32 numbers into bytes: one byte each if that is lossless, as for the bits and symbols of most tasks. */

import { floatsOf } from "./codec.ts";

/** Bytes per number. */
export type NumberBytes = 1 | 4;

export interface PackedNumbers {
  readonly numberBytes: NumberBytes;
  readonly bytes: Uint8Array;
}

/**
 * Packs into one byte per number if all are integers from 0 to 255 and none is −0. Otherwise returns the memory of
 * `numbers` itself.
 */
export function packNumbers(numbers: Float32Array): PackedNumbers {
  const bytes = new Uint8Array(numbers.length);
  for (let index = 0; index < numbers.length; index++) {
    const number = numbers[index]!;
    bytes[index] = number;
    if (!Object.is(bytes[index], number)) {
      return {
        numberBytes: 4,
        bytes: new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength),
      };
    }
  }
  return { numberBytes: 1, bytes };
}

/**
 * Unpacks numbers into new memory.
 *
 * @throws ProtocolError if there are four bytes per number and the length is not a multiple of four
 */
export function unpackNumbers({ numberBytes, bytes }: PackedNumbers): Float32Array {
  return numberBytes === 1 ? new Float32Array(bytes) : floatsOf(bytes).slice();
}
