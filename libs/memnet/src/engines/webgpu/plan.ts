/** How much a batch takes on the device, and how it is cut into chunks of sequences. */

import type { ModelConfig } from "../../config/model.ts";
import { parameterCount } from "../../parameters.ts";
import { recordLayout, slopeLayout } from "./layout.ts";

/** What of a device's limits the engine is bound by. */
export interface Limits {
  readonly maxStorageBufferBindingSize: number;
  readonly maxBufferSize: number;
  readonly maxComputeWorkgroupsPerDimension: number;
  readonly maxComputeWorkgroupStorageSize: number;
  readonly maxComputeInvocationsPerWorkgroup: number;
}

export interface Plan {
  /** Sequences that go through time together; the order in which gradients add up follows from it. */
  readonly chunk: number;
  /** Of each buffer, in floats. */
  readonly given: number;
  readonly kept: number;
  readonly slopes: number;
  readonly spill: number;
  readonly partial: number;
  readonly result: number;
  /** Where the batch lies behind the parameters, and the losses behind the gradient. */
  readonly xAt: number;
  readonly yAt: number;
  readonly maskAt: number;
  readonly lossAt: number;
}

/** A GPU's memory is others' too; a gibibyte of records keeps every processor of the largest one busy. */
const keptBytesMax = 2 ** 30;
/** Rows of times and sequences that one workgroup adds up in turn, at least; and the most parts that it makes. */
const rowsPerPart = 256;
const partsMax = 64;

/**
 * @param keep whether records are kept for the way back
 * @throws RangeError where not even one sequence fits
 */
export function planFor(
  model: ModelConfig,
  { times, sequences }: { readonly times: number; readonly sequences: number },
  keep: boolean,
  limits: Limits,
  spilledFloats: number,
): Plan {
  const parameters = parameterCount(model);
  const record = (times + 1) * recordLayout(model, keep).size;
  const slope = keep ? times * slopeLayout(model).size : 0;
  const largest = Math.max(record, slope, spilledFloats);
  const bytesMax = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
  const chunk = Math.min(
    sequences,
    Math.floor(Math.min(bytesMax, keptBytesMax) / (4 * largest)),
    limits.maxComputeWorkgroupsPerDimension,
  );
  const limit = bytesMax < keptBytesMax ? "the device's storage buffers take" : "memnet gives to records";
  if (chunk < 1) {
    throw new RangeError(
      `Cannot compute ${times} times of this model on the device: ${limit} ` +
        `${Math.min(bytesMax, keptBytesMax)} bytes, and one sequence needs ${4 * largest}`,
    );
  }
  const rows = times * sequences;
  const xAt = parameters;
  const yAt = xAt + rows * model.input;
  const maskAt = yAt + rows * model.output;
  const given = maskAt + rows;
  const lossAt = keep ? parameters : 0;
  const result = lossAt + 2 * rows;
  for (const [what, floats] of Object.entries({
    "a batch and its parameters": given,
    "its results": result,
  })) {
    if (4 * floats <= bytesMax) continue;
    throw new RangeError(
      `Cannot compute ${sequences} sequences of ${times} times: the device's storage buffers take ${bytesMax} ` +
        `bytes, and ${what} need ${4 * floats}`,
    );
  }
  return {
    chunk,
    given,
    kept: chunk * record,
    slopes: chunk * slope,
    spill: chunk * spilledFloats,
    partial: keep ? partsOf(times * chunk).parts * parameters : 0,
    result,
    ...{ xAt, yAt, maskAt, lossAt },
  };
}

/**
 * How many lanes a sequence may have. While there are no more sequences than a large GPU has processors, each has one to
 * itself and is as fast as the most lanes make it; with more of them narrower workgroups fill the processors better,
 * since one works while the other waits.
 */
export function lanesMax(sequences: number, { maxComputeInvocationsPerWorkgroup }: Limits): number {
  return Math.min(sequences <= 128 ? 1024 : 512, maxComputeInvocationsPerWorkgroup);
}

/** Into how many parts a sum over so many rows is cut, and their length. */
export function partsOf(rows: number): { readonly parts: number; readonly rowsPerPart: number } {
  const parts = Math.min(partsMax, Math.ceil(rows / rowsPerPart));
  return { parts, rowsPerPart: Math.ceil(rows / parts) };
}

/** First sequence and count of each chunk. */
export function chunksOf(
  sequences: number,
  chunk: number,
): { readonly first: number; readonly count: number }[] {
  return Array.from({ length: Math.ceil(sequences / chunk) }, (_, index) => ({
    first: index * chunk,
    count: Math.min(chunk, sequences - index * chunk),
  }));
}
