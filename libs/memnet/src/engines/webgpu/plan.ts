/** What a batch needs on the device, and how it is cut into chunks of sequences. */

import type { ModelConfig } from "../../config/model.ts";
import { parameterCount } from "../../parameters.ts";
import { recordLayout, slopeLayout } from "./layout.ts";

/** The limits of a device that bound the engine. */
export const limitNames = [
  "maxStorageBufferBindingSize",
  "maxBufferSize",
  "maxComputeWorkgroupsPerDimension",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
] as const;
export type Limits = Readonly<Record<(typeof limitNames)[number], number>>;

export type Plan = ReturnType<typeof planFor>;

/** Others use the GPU's memory too. A gibibyte of records keeps all processors of the largest GPU busy. */
const keptBytesMax = 2 ** 30;
/** The fewest rows, times × sequences, that one workgroup adds up, and the most parts of one sum. */
const rowsPerPart = 256;
const partsMax = 64;

/**
 * @param keep whether records are kept for the backward pass
 * @throws RangeError if not even one sequence fits
 */
export function planFor(
  model: ModelConfig,
  { times, sequences }: { readonly times: number; readonly sequences: number },
  keep: boolean,
  limits: Limits,
  spilledFloats: number,
) {
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
  for (const [what, floats] of [
    ["a batch and its parameters", given],
    ["its results", result],
  ] as const) {
    if (4 * floats <= bytesMax) continue;
    throw new RangeError(
      `Cannot compute ${sequences} sequences of ${times} times: the device's storage buffers take ${bytesMax} ` +
        `bytes, and ${what} need ${4 * floats}`,
    );
  }
  return {
    /** Sequences that go through time together. It decides the order in which gradients are added. */
    chunk,
    /** The size of each buffer, in floats. */
    ...{ given, kept: chunk * record, slopes: chunk * slope, spill: chunk * spilledFloats, result },
    partial: keep ? partsOf(times * chunk).parts * parameters : 0,
    /** Offsets of the batch, after the parameters, and of the losses, after the gradient. */
    ...{ xAt, yAt, maskAt, lossAt },
  };
}

/**
 * The lanes that a sequence may have. With no more sequences than a large GPU has processors, each sequence has a processor
 * to itself, and more lanes are faster. With more sequences, narrower workgroups fill the processors better, since one
 * works while another waits.
 */
export function lanesMax(sequences: number, { maxComputeInvocationsPerWorkgroup }: Limits): number {
  return Math.min(sequences <= 128 ? 1024 : 512, maxComputeInvocationsPerWorkgroup);
}

/** How many parts a sum over these rows has, and their length. */
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
