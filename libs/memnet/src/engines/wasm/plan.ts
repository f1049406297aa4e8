/** Where everything lies in the module's memory, for a model, a longest time and a largest batch. */

import type { ModelConfig } from "../../config/model.ts";
import { type ParameterName, parameterCount, parameterLayout } from "../../parameters.ts";
import { kernelTables, type TableName } from "./kernel-tables.ts";
import { freeFrom } from "./module.ts";
import { offsets, padded } from "./offsets.ts";
import { lineBytes, recordsOf } from "./records.ts";
import { type Sizes, sizesOf } from "./sizes.ts";

/** The batches that fit into a plan. */
export interface Capacity {
  readonly times: number;
  /** Times of a batch whose records are all kept, for gradients and traces; 0 for none. */
  readonly keptTimes: number;
  readonly sequences: number;
}

/** Sizes, offsets and addresses, by the names of the module's globals. */
type Layout = Sizes &
  ReturnType<typeof recordsOf> &
  Readonly<Record<keyof ReturnType<typeof arraysOf>, number>> &
  ReturnType<typeof tensorOffsets>;

export interface Plan {
  readonly capacity: Capacity;
  /** Sequences that go through time together; the chunks of a larger batch follow each other. */
  readonly chunk: number;
  readonly layout: Readonly<Layout>;
  /** What the module reads and never writes: an address and int32 numbers. */
  readonly tables: readonly { readonly address: number; readonly numbers: readonly number[] }[];
  readonly bytes: number;
}

export const pageBytes = 65_536;
/** The reach of 32-bit addresses less the last page, so that the end of memory is an address too. */
const bytesMax = 2 ** 32 - pageBytes;

/** @throws RangeError if the plan needs more memory than 32-bit addresses reach */
export function wasmPlan(model: ModelConfig, capacity: Capacity): Plan {
  const sizes = sizesOf(model);
  const records = recordsOf(sizes);
  const chunk = chunkFor(records.recordBytes);
  const tables = kernelTables(model, sizes);
  const lengths = Object.fromEntries(Object.entries(tables).map(([name, { length }]) => [name, length]));
  const arrays = arraysOf(sizes, records, capacity, chunk, parameterCount(model));
  // Each array begins on a cache line.
  const { at, end } = offsets({ ...arrays, ...(lengths as Record<TableName, number>) }, freeFrom, lineBytes);
  if (end > bytesMax) {
    throw new RangeError(
      `Cannot lay out ${model.model} for ${capacity.sequences} sequences of ${capacity.times} times in WebAssembly: ` +
        `its memory must be at most ${bytesMax} bytes, got ${end}`,
    );
  }
  return {
    capacity,
    chunk,
    layout: { ...sizes, ...records, ...at, ...tensorOffsets(model) },
    tables: Object.entries(tables).map(([name, numbers]) => ({ address: at[name as TableName], numbers })),
    bytes: end,
  };
}

/** The arrays' sizes in floats. */
function arraysOf(
  sizes: Sizes,
  { recordBytes, carryBytes }: ReturnType<typeof recordsOf>,
  capacity: Capacity,
  chunk: number,
  parameters: number,
) {
  const { input, output, width, reads, writes, shifts, hiddenPad, interfacePad, outputPad, gateRows } = sizes;
  const { rowUsed, rowStride, stateSize, backStride, hidden8, state8, cellSize } = sizes;
  const slots = sizes.slotBytes / 4;
  const sequences = Math.min(capacity.sequences, chunk);
  const rows = (capacity.times + 1) * sequences;
  // Without kept times each time overwrites the one before, except that two records and cells alternate.
  const sets = Math.max(capacity.keptTimes, 1) * sequences;
  const states = sets + sequences;
  const kept = capacity.keptTimes * sequences;
  const batchRows = capacity.times * capacity.sequences;
  const turned = slots + padded(shifts, 4) + 16;
  return {
    ...{ parameters, parameterGradient: parameters, counts: 6 },
    ...{ batchX: batchRows * input, batchY: batchRows * output, batchMask: batchRows },
    ...{ gatePack: padded(gateRows, 8) * rowUsed, stateBack: backStride * state8, gateBias: gateRows },
    ...{ interfacePack: interfacePad * hiddenPad, interfaceBack: interfacePad * hidden8 },
    ...{ interfaceBias: interfacePad, outputPack: outputPad * stateSize, outputBias: outputPad },
    ...{ rows: rows * rowStride, gates: sets * gateRows, cells: states * cellSize, tanhs: sets * cellSize },
    ...{ fields: sets * interfacePad, logits: rows * outputPad, records: (states * recordBytes) / 4 },
    ...{ rowGradient: sequences * rowStride, backGradient: (kept + sequences) * backStride },
    ...{ fieldGradient: kept * interfacePad, cellGradient: sequences * cellSize },
    ...{ carries: (sequences * carryBytes) / 4 },
    ...{
      gateSums: gateRows * rowStride,
      interfaceSums: interfacePad * hidden8,
      outputSums: outputPad * state8,
    },
    ...{ gateBiasSums: gateRows, interfaceBiasSums: interfacePad, outputBiasSums: outputPad },
    ...{ dContent: slots, dProduct: slots, dAllocation: slots, dForward: slots, dBackward: slots },
    ...{ dSeen: slots, dWeightsNow: slots, zeros: state8 },
    ...{ dLengths: slots, dRetention: slots },
    keptMemory: sizes.deallocate * width * (sizes.strideBytes / 4),
    ...{ turns: turned, turnedGradient: turned, sorting: 3 * slots + 128 },
    headScratch: Math.max(shifts, 2 * writes + 1) + 16 * Math.max(writes, reads),
  };
}

/** Where each parameter tensor begins among the parameters, and its gradient among the gradients, in bytes. */
function tensorOffsets(model: ModelConfig) {
  const tensors = parameterLayout(model);
  // What a model lacks is never read.
  const offset = (name: ParameterName) => 4 * (tensors.find((tensor) => tensor.name === name)?.offset ?? 0);
  return {
    gateOffset: offset("controller.kernel"),
    gateBiasOffset: offset("controller.bias"),
    interfaceOffset: offset("interface.kernel"),
    interfaceBiasOffset: offset("interface.bias"),
    outputOffset: offset("output.kernel"),
    outputBiasOffset: offset("output.bias"),
  };
}

/**
 * Products want many sequences in a chunk, a multiple of their four rows; the records of a chunk should stay in the
 * cache. The chunk depends on the model alone, because it decides the order in which sequences are added.
 * Measured: original-ntm-copy, 16 sequences of 22 times, takes 8.3 ms in chunks of 4, 9.9 of 8, 11.0 of 16;
 * original-dnc-repeat-copy takes the same with all.
 */
function chunkFor(recordBytes: number): number {
  if (recordBytes <= 4096) return 16;
  if (recordBytes <= 8192) return 8;
  return recordBytes <= 262_144 ? 4 : 1;
}
