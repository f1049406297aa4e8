/** Where everything lies in the module's memory: laid out once for a model, a longest time and a largest batch. */

import type { ModelConfig } from "../../config/model.ts";
import { interfaceWidth } from "../../interface-vector.ts";
import { parameterLayout } from "../../parameters.ts";

/** What a plan has room for. */
export interface Room {
  /** Longest time of any batch. */
  readonly times: number;
  /** Longest time of a batch whose every time is kept, for gradients and traces; 0 for none. */
  readonly keptTimes: number;
  /** Largest number of sequences. */
  readonly sequences: number;
}

export interface Plan {
  readonly room: Room;
  /** Sequences that go through time together; a larger batch goes in several chunks, one after the other. */
  readonly chunk: number;
  /** Sizes and places by name, in the order in which the module takes them. */
  readonly words: Readonly<Record<Word, number>>;
  /** What the module reads and never writes: a place in bytes and its int32 numbers. */
  readonly tables: readonly { readonly place: number; readonly numbers: readonly number[] }[];
  readonly bytes: number;
}

/** The order of `assembly/plan.ts`. */
export const wordNames = [
  "isDnc",
  "input",
  "output",
  "hidden",
  "slots",
  "width",
  "reads",
  "writes",
  "shifts",
  "hiddenPad",
  "widthPad",
  "slotsPad",
  "stride",
  "interfacePad",
  "outputPad",
  "rowStride",
  "rowUsed",
  "backStride",
  "shiftsPad",
  "modesPad",
  "writeFields",
  "readFields",
  "given",
  "parameters",
  "parameterCount",
  "gradient",
  "batchX",
  "batchY",
  "batchMask",
  "counts",
  "gateMap",
  "interfaceMap",
  "outputMap",
  "gateRuns",
  "interfaceRuns",
  "outputRuns",
  "gatePack",
  "stateBack",
  "interfacePack",
  "interfaceBack",
  "outputPack",
  "gateBias",
  "interfaceBias",
  "outputBias",
  "gateOffset",
  "gateBiasOffset",
  "interfaceOffset",
  "interfaceBiasOffset",
  "outputOffset",
  "outputBiasOffset",
  "rows",
  "gates",
  "cells",
  "tanhs",
  "fields",
  "logits",
  "records",
  "recordBytes",
  "norms",
  "usage",
  "writeHeads",
  "readHeads",
  "writeHeadBytes",
  "readHeadBytes",
  "headShift",
  "headCosine",
  "headContent",
  "headShifted",
  "headLog",
  "headWeights",
  "writeCosine",
  "writeContent",
  "writeAllocation",
  "writeSeen",
  "writeOrder",
  "writeWeights",
  "writePrecedence",
  "writeLink",
  "readModes",
  "readCosine",
  "readContent",
  "readWeights",
  "readForward",
  "readBackward",
  "rowGradient",
  "backGradient",
  "fieldGradient",
  "cellGradient",
  "carries",
  "carryBytes",
  "carryAlong",
  "carryWrites",
  "carryReads",
  "carryUsage",
  "carryPrecedence",
  "carryLink",
  "gateSums",
  "interfaceSums",
  "outputSums",
  "gateBiasSums",
  "interfaceBiasSums",
  "outputBiasSums",
  "zeros",
  "scratch",
  "turns",
  "turnedGradient",
  "sorting",
  "headScratch",
] as const;
export type Word = (typeof wordNames)[number];

/** Where the words themselves lie. */
export const headerPlace = 64;
const lineBytes = 64;
export const pageBytes = 65_536;
/** What 32-bit addresses reach, but for the last page, so that an end of memory is an address too. */
const bytesMax = 2 ** 32 - pageBytes;

/** @throws RangeError where the memory that it takes is more than 32-bit addresses reach */
export function wasmPlan(model: ModelConfig, room: Room): Plan {
  const { input, output, hidden, slots, width, reads, writes } = model;
  const isDnc = model.model === "dnc";
  const shifts = model.model === "ntm" ? model.shifts : 0;

  // Padded so that every loop takes whole vectors: 4 lanes, 8 columns of a product, 16 slots.
  const hiddenPad = padded(hidden, 4);
  const widthPad = padded(width, 4);
  const slotsPad = padded(slots, 16);
  // Rows that lie a power of two apart would share their places in the cache.
  const stride = slotsPad % 256 === 0 ? slotsPad + 16 : slotsPad;
  const shiftsPad = padded(shifts, 4);
  const modesPad = isDnc ? padded(2 * writes + 1, 4) : 0;
  const writeFields = 3 * widthPad + 4 + shiftsPad;
  const readFields = widthPad + 4 + (isDnc ? modesPad : shiftsPad);
  const interfacePad = padded(writes * writeFields + reads * readFields, 8);
  const outputPad = padded(output, 8);
  const state = reads * widthPad + hiddenPad;
  const rowUsed = padded(state + input, 4);
  const rowStride = padded(state + input, 8);
  const gates = 4 * hiddenPad;
  const backStride = gates + outputPad;

  // Records and carries: offsets in bytes.
  const slotBytes = 4 * slotsPad;
  const memoryBytes = 4 * width * stride;
  const linkBytes = slotsPad * slotBytes;
  const head = offsets([
    ["headScalars", 16],
    ["headShift", 4 * shiftsPad],
    ["headCosine", slotBytes],
    ["headContent", slotBytes],
    ["headShifted", slotBytes],
    ["headLog", slotBytes],
    ["headWeights", slotBytes],
  ]);
  const writeHead = offsets([
    ["writeScalars", 16],
    ["writeCosine", slotBytes],
    ["writeContent", slotBytes],
    ["writeAllocation", slotBytes],
    ["writeSeen", slotBytes],
    ["writeOrder", slotBytes],
    ["writeWeights", slotBytes],
    ["writePrecedence", slotBytes],
    ["writeLink", linkBytes],
  ]);
  const readHead = offsets([
    ["readScalars", 16],
    ["readModes", 4 * modesPad],
    ["readCosine", slotBytes],
    ["readContent", slotBytes],
    ["readWeights", slotBytes],
    ["readForward", writes * slotBytes],
    ["readBackward", writes * slotBytes],
  ]);
  const writeHeadBytes = isDnc ? writeHead.bytes : head.bytes;
  const readHeadBytes = isDnc ? readHead.bytes : head.bytes;
  const record = offsets([
    ["memory", memoryBytes],
    ["norms", slotBytes],
    ["usage", isDnc ? slotBytes : 0],
    ["writeHeads", writes * writeHeadBytes],
    ["readHeads", reads * readHeadBytes],
  ]);
  const carry = offsets([
    ["carryMemory", memoryBytes],
    ["carryAlong", slotBytes],
    ["carryWrites", writes * slotBytes],
    ["carryReads", reads * slotBytes],
    ["carryUsage", isDnc ? slotBytes : 0],
    ["carryPrecedence", isDnc ? writes * slotBytes : 0],
    ["carryLink", isDnc ? writes * linkBytes : 0],
  ]);
  const recordBytes = padded(record.bytes, lineBytes);
  const carryBytes = padded(carry.bytes, lineBytes);
  const chunk = chunkFor(recordBytes);
  const sequences = Math.min(room.sequences, chunk);

  const layout = parameterLayout(model);
  const parameterCount = layout.reduce((sum, { length }) => sum + length, 0);
  const gateMap = Array.from({ length: gates }, (_, row) => {
    const unit = row % hiddenPad;
    return unit < hidden ? Math.floor(row / hiddenPad) * hidden + unit : -1;
  });
  const interfaceMap = interfaceRows(model, { widthPad, shiftsPad, modesPad, interfacePad });
  const outputMap = Array.from({ length: outputPad }, (_, row) => (row < output ? row : -1));
  /** Runs of columns: in a row they are [reads, hidden, input], in the kernels otherwise. */
  const readRuns = (from: number) =>
    Array.from({ length: reads }, (_, read) => [read * widthPad, from + read * width, width]);
  const gateRuns = [...readRuns(input), [reads * widthPad, input + reads * width, hidden], [state, 0, input]];
  const interfaceRuns = [[0, 0, hidden]];
  const outputRuns = [...readRuns(hidden), [reads * widthPad, 0, hidden]];

  const rows = (room.times + 1) * sequences;
  // Without kept times one set is used again and again, and two records and cells in turn.
  const sets = Math.max(room.keptTimes, 1) * sequences;
  const turns = (Math.max(room.keptTimes, 1) + 1) * sequences;
  const kept = room.keptTimes * sequences;
  const state8 = padded(state, 8);
  const hidden8 = padded(hiddenPad, 8);
  const few = Math.max(shifts, 2 * writes + 1);
  const turned = slotsPad + shiftsPad + 16;
  const batchRows = room.times * room.sequences;
  const places = offsets(
    (
      [
        ["given", padded(parameterCount, 4)],
        ["parameters", padded(parameterCount, 4)],
        ["gradient", parameterCount],
        ["batchX", batchRows * input],
        ["batchY", batchRows * output],
        ["batchMask", batchRows],
        ["counts", 6],
        ["gateMap", gates],
        ["interfaceMap", interfacePad],
        ["outputMap", outputPad],
        ["gateRuns", 1 + 3 * gateRuns.length],
        ["interfaceRuns", 1 + 3 * interfaceRuns.length],
        ["outputRuns", 1 + 3 * outputRuns.length],
        ["gatePack", padded(gates, 8) * rowUsed],
        ["stateBack", backStride * state8],
        ["interfacePack", interfacePad * hiddenPad],
        ["interfaceBack", interfacePad * hidden8],
        ["outputPack", outputPad * state],
        ["gateBias", gates],
        ["interfaceBias", interfacePad],
        ["outputBias", outputPad],
        ["rows", rows * rowStride],
        ["gates", sets * gates],
        ["cells", turns * hiddenPad],
        ["tanhs", sets * hiddenPad],
        ["fields", sets * interfacePad],
        ["logits", rows * outputPad],
        ["records", (turns * recordBytes) / 4],
        ["rowGradient", sequences * rowStride],
        ["backGradient", (kept + sequences) * backStride],
        ["fieldGradient", kept * interfacePad],
        ["cellGradient", sequences * hiddenPad],
        ["carries", (sequences * carryBytes) / 4],
        ["gateSums", gates * rowStride],
        ["interfaceSums", interfacePad * hidden8],
        ["outputSums", outputPad * state8],
        ["gateBiasSums", gates],
        ["interfaceBiasSums", interfacePad],
        ["outputBiasSums", outputPad],
        ["zeros", state8],
        ["scratch", 6 * slotsPad],
        ["turns", turned],
        ["turnedGradient", turned],
        ["sorting", 3 * slotsPad + 128],
        ["headScratch", few + 16 * Math.max(writes, reads)],
      ] as const
    ).map(([name, floats]) => [name, padded(4 * floats, lineBytes)]),
    headerPlace + padded(4 * wordNames.length, lineBytes),
  );
  if (places.bytes > bytesMax) {
    throw new RangeError(
      `Cannot lay out ${model.model} for ${room.sequences} sequences of ${room.times} times in WebAssembly: ` +
        `its memory must be at most ${bytesMax} bytes, it takes ${places.bytes}`,
    );
  }

  const words: Record<string, number> = {
    ...head.at,
    ...writeHead.at,
    ...readHead.at,
    ...record.at,
    ...carry.at,
    ...places.at,
    isDnc: isDnc ? 1 : 0,
    ...{ input, output, hidden, slots, width, reads, writes, shifts },
    ...{
      hiddenPad,
      widthPad,
      slotsPad,
      stride,
      interfacePad,
      outputPad,
      rowStride,
      rowUsed,
      backStride,
      shiftsPad,
    },
    ...{ modesPad, writeFields, readFields, parameterCount },
    ...{ recordBytes, carryBytes, writeHeadBytes, readHeadBytes },
  };
  const [gateOffset, gateBiasOffset, interfaceOffset, interfaceBiasOffset, outputOffset, outputBiasOffset] =
    layout.map(({ offset }) => 4 * offset);
  Object.assign(words, {
    gateOffset,
    gateBiasOffset,
    interfaceOffset,
    interfaceBiasOffset,
    outputOffset,
    outputBiasOffset,
  });
  const table = (name: string, numbers: readonly number[]) => ({ place: places.at[name]!, numbers });
  const runs = (list: readonly (readonly number[])[]) => [list.length, ...list.flat()];
  return {
    room,
    chunk,
    words: words as Record<Word, number>,
    tables: [
      { place: headerPlace, numbers: wordNames.map((name) => words[name]!) },
      table("gateMap", gateMap),
      table("interfaceMap", interfaceMap),
      table("outputMap", outputMap),
      table("gateRuns", runs(gateRuns)),
      table("interfaceRuns", runs(interfaceRuns)),
      table("outputRuns", runs(outputRuns)),
    ],
    bytes: places.bytes,
  };
}

/**
 * Products want many sequences in a chunk, multiples of their four rows; what a gradient keeps of a chunk wants to
 * stay in the cache. It depends on the model alone, because it decides in which order sequences are added up.
 * Measured: ntm-copy, 16 sequences of 22 times, 8.3 ms in chunks of 4, 9.9 of 8, 11.0 of 16; dnc-repeat-copy the same
 * in all.
 */
function chunkFor(recordBytes: number): number {
  if (recordBytes <= 4096) return 16;
  if (recordBytes <= 8192) return 8;
  return recordBytes <= 262_144 ? 4 : 1;
}

/** For each padded row of the interface the kernel's row, or −1; the module has its scalars together. */
function interfaceRows(
  model: ModelConfig,
  pads: { widthPad: number; shiftsPad: number; modesPad: number; interfacePad: number },
): number[] {
  const { width, writes, reads } = model;
  const rows: number[] = [];
  let row = 0;
  const take = (from: number, count: number, pad: number) => {
    for (let place = 0; place < pad; place++) rows.push(place < count ? from + place : -1);
  };
  for (let head = 0; head < writes + reads; head++) {
    const isWrite = head < writes;
    take(row, width, pads.widthPad);
    if (model.model === "ntm") {
      // In the kernel: key, strength, gate, shift, sharpen, erase, add.
      const few = row + width;
      const behind = few + 3 + model.shifts;
      if (isWrite) {
        take(behind, width, pads.widthPad);
        take(behind + width, width, pads.widthPad);
      }
      rows.push(few, few + 1, few + 2 + model.shifts, -1);
      take(few + 2, model.shifts, pads.shiftsPad);
      row = behind + (isWrite ? 2 * width : 0);
    } else if (isWrite) {
      // key, strength, allocation gate, write gate, erase, add
      const few = row + width;
      take(few + 3, width, pads.widthPad);
      take(few + 3 + width, width, pads.widthPad);
      rows.push(few, few + 1, few + 2, -1);
      row = few + 3 + 2 * width;
    } else {
      // key, strength, free gate, mode
      const few = row + width;
      const modes = 2 * writes + 1;
      rows.push(few, few + 1, -1, -1);
      take(few + 2, modes, pads.modesPad);
      row = few + 2 + modes;
    }
  }
  if (row !== interfaceWidth(model)) throw new Error(`Impossible: the interface has ${row} rows`);
  while (rows.length < pads.interfacePad) rows.push(-1);
  return rows;
}

/** Parts one behind the other: where each starts, and where the last ends. */
function offsets(
  parts: readonly (readonly [name: string, bytes: number])[],
  from = 0,
): { at: Record<string, number>; bytes: number } {
  const at: Record<string, number> = {};
  let bytes = from;
  for (const [name, size] of parts) {
    at[name] = bytes;
    bytes += size;
  }
  return { at, bytes };
}

function padded(count: number, unit: number): number {
  return Math.ceil(count / unit) * unit;
}
