/** Traces: the tensors that all engines give, and collecting them from an engine's records. */

import type { Batch } from "../batch.ts";
import type { ModelConfig } from "../config/model.ts";
import type { Trace, TraceName } from "./engine.ts";

type TraceShapes = { readonly logits: readonly number[] } & {
  readonly [Name in TraceName]?: readonly number[];
};

/**
 * Each tensor's shape after [time, batch]. `add` is what each write head adds, docs/model.md §4.2. An NTM's writeGate and
 * readGate are its interpolation gates g. A DNC's allocationWeights and contentWeights are what its gates mix into the
 * write weights, docs/model.md §6.4.
 */
export function traceShapes(model: ModelConfig): TraceShapes {
  const { output, slots, width, reads, writes } = model;
  if (model.model === "lstm") return { logits: [output] };
  const both = {
    logits: [output],
    memory: [slots, width],
    writeWeights: [writes, slots],
    readWeights: [reads, slots],
    add: [writes, width],
    writeStrength: [writes],
    readStrength: [reads],
    writeGate: [writes],
  };
  if (model.model === "ntm") {
    const { shifts } = model;
    return {
      ...both,
      readGate: [reads],
      writeShift: [writes, shifts],
      readShift: [reads, shifts],
      writeSharpen: [writes],
      readSharpen: [reads],
    };
  }
  return {
    ...both,
    usage: [slots],
    allocationWeights: [writes, slots],
    contentWeights: [writes, slots],
    allocationGate: [writes],
    freeGate: [reads],
    readMode: [reads, 2 * writes + 1],
    link: [writes, slots, slots],
  };
}

/** Where a tensor lies in an engine's memory, in floats. */
export interface Source {
  /** The first element of the first row; a row is one sequence at one time, and rows are [time, sequence]. */
  readonly offset: number;
  /** From one row to the next. */
  readonly row: number;
  /** Times before the first one: 1 if the rows begin with the initial state. */
  readonly skip: 0 | 1;
  /** The stride of each axis after [time, batch]. */
  readonly strides: readonly number[];
}

/** Some of a batch's sequences, in an engine's memory until the next chunk. */
export interface Chunk {
  readonly floats: Float32Array;
  readonly first: number;
  readonly count: number;
}

/** Collects the tensors that have a source. */
export function collectTrace(
  model: ModelConfig,
  { times, sequences }: Batch,
  sources: Readonly<Record<string, Source>>,
  chunks: Iterable<Chunk>,
): Trace {
  const tensors = Object.entries(traceShapes(model)).flatMap(([name, shape]) => {
    const source = sources[name];
    if (!source) return [];
    const elements = elementOffsets(shape, source.strides);
    const data = new Float32Array(times * sequences * elements.length);
    return [{ name, shape: [times, sequences, ...shape], data, elements, ...source }];
  });
  for (const { floats, first, count } of chunks) {
    for (const { data, elements, offset, row, skip } of tensors) {
      for (let time = 0; time < times; time++) {
        for (let b = 0; b < count; b++) {
          const from = offset + ((time + skip) * count + b) * row;
          const to = (time * sequences + first + b) * elements.length;
          for (const [index, element] of elements.entries()) data[to + index] = floats[from + element]!;
        }
      }
    }
  }
  return Object.fromEntries(
    tensors.map(({ name, shape, data }) => [name, { shape, data }]),
  ) as unknown as Trace;
}

/** The offset of each element of a shape, row-major. */
function elementOffsets(shape: readonly number[], strides: readonly number[]): number[] {
  return shape.reduce<number[]>(
    (offsets, size, axis) =>
      offsets.flatMap((offset) =>
        Array.from({ length: size }, (_, index) => offset + index * strides[axis]!),
      ),
    [0],
  );
}
