/** float32 numbers as bytes: one byte each where that loses nothing, as with the bits and symbols of most tasks. */

import { floatsOf } from "./codec.ts";

/** Bytes of each number. */
export type NumberBytes = 1 | 4;

export interface PackedNumbers {
  readonly numberBytes: NumberBytes;
  readonly bytes: Uint8Array;
}

/** One byte each where all are whole numbers of 0 to 255, none of them −0; else the numbers' own memory. */
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
 * The numbers again, in memory of their own.
 *
 * @throws ProtocolError where four bytes each do not come out even
 */
export function unpackNumbers({ numberBytes, bytes }: PackedNumbers): Float32Array {
  return numberBytes === 1 ? new Float32Array(bytes) : floatsOf(bytes).slice();
}
