/** Traces: what a forward pass kept, in the shapes that `Trace` promises. */

import type { Batch } from "../../batch.ts";
import type { ModelConfig } from "../../config/model.ts";
import { headFields } from "../../interface-vector.ts";
import type { Trace, TraceTensor } from "../engine.ts";
import { recordLayout } from "./layout.ts";

/** A tensor's shape behind [time, batch], and where its elements lie in a record. */
interface Traced {
  readonly tail: readonly number[];
  readonly places: readonly number[];
}

/** @param chunks each chunk's records, [time + 1, sequences of the chunk, record] */
export function traceOf(
  model: ModelConfig,
  { times, sequences }: Batch,
  chunks: readonly Float32Array[],
): Trace {
  const { size } = recordLayout(model, true);
  return Object.fromEntries(
    Object.entries(traced(model)).map(([name, { tail, places }]): [string, TraceTensor] => {
      const data = new Float32Array(times * sequences * places.length);
      let first = 0;
      for (const records of chunks) {
        const count = records.length / ((times + 1) * size);
        for (let time = 0; time < times; time++) {
          for (let b = 0; b < count; b++) {
            const record = ((time + 1) * count + b) * size;
            const to = (time * sequences + first + b) * places.length;
            for (const [element, place] of places.entries()) data[to + element] = records[record + place]!;
          }
        }
        first += count;
      }
      return [name, { shape: [times, sequences, ...tail], data }];
    }),
  );
}

function traced(model: ModelConfig): Record<string, Traced> {
  const { output, slots, width, reads, writes } = model;
  const { places } = recordLayout(model, true);
  const along = (field: string, tail: readonly number[], skip = 0): Traced => {
    const length = tail.reduce((product, axis) => product * axis, 1);
    return { tail, places: Array.from({ length }, (_, element) => places.get(field)! + skip + element) };
  };
  const { write, read } = headFields(model);
  const writeSize = total(write);
  const gate = (kind: "write" | "read", name: string): Traced => {
    const [fields, heads, skip] = kind === "write" ? [write, writes, 0] : [read, reads, writes * writeSize];
    const before = fields.findIndex(([field]) => field === name);
    const place = places.get("fields")! + skip + total(fields.slice(0, before));
    return {
      tail: [heads],
      places: Array.from({ length: heads }, (_, head) => place + head * total(fields)),
    };
  };
  const memory = Array.from({ length: slots * width }, (_, element) => {
    // Memory lies [width, slots].
    return places.get("memory")! + (element % width) * slots + Math.floor(element / width);
  });
  const both = {
    logits: along("logits", [output]),
    memory: { tail: [slots, width], places: memory },
    writeWeights: along("weights", [writes, slots]),
    readWeights: along("weights", [reads, slots], writes * slots),
  };
  if (model.model === "ntm")
    return { ...both, writeGate: gate("write", "gate"), readGate: gate("read", "gate") };
  return {
    ...both,
    usage: along("usage", [slots]),
    allocationGate: gate("write", "allocationGate"),
    writeGate: gate("write", "writeGate"),
    freeGate: gate("read", "freeGate"),
    readMode: along("mode", [reads, 2 * writes + 1]),
    link: along("link", [writes, slots, slots]),
  };
}

function total(fields: readonly (readonly [string, number])[]): number {
  return fields.reduce((sum, [, width]) => sum + width, 0);
}
