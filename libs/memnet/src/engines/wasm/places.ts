/** Where each part lies in the module's memory, one behind the other, each from a cache line on. */

import type { kernelTables } from "./kernel-tables.ts";
import { freeFrom } from "./module.ts";
import { offsets, padded } from "./offsets.ts";
import { lineBytes } from "./records.ts";
import type { Sizes } from "./sizes.ts";

/** What a plan has room for. */
export interface Room {
  /** Longest time of any batch. */
  readonly times: number;
  /** Longest time of a batch whose every time is kept, for gradients and traces; 0 for none. */
  readonly keptTimes: number;
  /** Largest number of sequences. */
  readonly sequences: number;
}

export interface Laid {
  readonly sizes: Sizes;
  readonly room: Room;
  readonly chunk: number;
  readonly parameterCount: number;
  readonly recordBytes: number;
  readonly carryBytes: number;
  readonly tables: ReturnType<typeof kernelTables>;
}

export function placesOf(laid: Laid) {
  const { sizes, room, parameterCount, recordBytes, carryBytes, tables } = laid;
  const { input, output, reads, writes, shifts, hiddenPad, slotsPad, interfacePad } = sizes;
  const { outputPad, stateSize, rowUsed, rowStride, gateRows, backStride } = sizes;
  const sequences = Math.min(room.sequences, laid.chunk);
  const rows = (room.times + 1) * sequences;
  // Without kept times one set is used again and again, and two records and cells in turn.
  const sets = Math.max(room.keptTimes, 1) * sequences;
  const turns = (Math.max(room.keptTimes, 1) + 1) * sequences;
  const kept = room.keptTimes * sequences;
  const state8 = padded(stateSize, 8);
  const hidden8 = padded(hiddenPad, 8);
  const few = Math.max(shifts, 2 * writes + 1);
  const turned = slotsPad + padded(shifts, 4) + 16;
  const batchRows = room.times * room.sequences;
  const floats = {
    parameters: parameterCount,
    parameterGradient: parameterCount,
    batchX: batchRows * input,
    batchY: batchRows * output,
    batchMask: batchRows,
    counts: 6,
    gateMap: tables.gateMap.length,
    interfaceMap: tables.interfaceMap.length,
    outputMap: tables.outputMap.length,
    gateRuns: tables.gateRuns.length,
    interfaceRuns: tables.interfaceRuns.length,
    outputRuns: tables.outputRuns.length,
    gatePack: padded(gateRows, 8) * rowUsed,
    stateBack: backStride * state8,
    interfacePack: interfacePad * hiddenPad,
    interfaceBack: interfacePad * hidden8,
    outputPack: outputPad * stateSize,
    gateBias: gateRows,
    interfaceBias: interfacePad,
    outputBias: outputPad,
    rows: rows * rowStride,
    gates: sets * gateRows,
    cells: turns * hiddenPad,
    tanhs: sets * hiddenPad,
    fields: sets * interfacePad,
    logits: rows * outputPad,
    records: (turns * recordBytes) / 4,
    rowGradient: sequences * rowStride,
    backGradient: (kept + sequences) * backStride,
    fieldGradient: kept * interfacePad,
    cellGradient: sequences * hiddenPad,
    carries: (sequences * carryBytes) / 4,
    gateSums: gateRows * rowStride,
    interfaceSums: interfacePad * hidden8,
    outputSums: outputPad * state8,
    gateBiasSums: gateRows,
    interfaceBiasSums: interfacePad,
    outputBiasSums: outputPad,
    zeros: state8,
    scratch: 6 * slotsPad,
    turns: turned,
    turnedGradient: turned,
    sorting: 3 * slotsPad + 128,
    headScratch: few + 16 * Math.max(writes, reads),
  };
  return offsets(floats, freeFrom, lineBytes);
}
