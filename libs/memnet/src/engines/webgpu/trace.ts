/** Traces: what a forward pass kept, in the shapes that `Trace` promises. */

import type { Batch } from "../../batch.ts";
import type { ModelConfig } from "../../config/model.ts";
import { headFields } from "../../interface-vector.ts";
import type { Trace, TraceTensor } from "../engine.ts";
import { traceShapes } from "../trace.ts";
import { recordLayout } from "./layout.ts";

/** @param chunks each chunk's records, [time + 1, sequences of the chunk, record] */
export function traceOf(
  model: ModelConfig,
  { times, sequences }: Batch,
  chunks: readonly Float32Array[],
): Trace {
  const { size } = recordLayout(model, true);
  const at = placesOf(model);
  return Object.fromEntries(
    Object.entries({ logits: [model.output], ...traceShapes(model) }).map(
      ([name, tail]): [string, TraceTensor] => {
        const length = tail.reduce((product, axis) => product * axis, 1);
        const places = Array.from({ length }, (_, element) => at[name]!(element));
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
      },
    ),
  );
}

/** Where the elements of each tensor lie in a record. */
function placesOf(model: ModelConfig): Readonly<Record<string, (element: number) => number>> {
  const { slots, width, writes } = model;
  const { places } = recordLayout(model, true);
  const along =
    (field: string, skip = 0) =>
    (element: number) =>
      places.get(field)! + skip + element;
  const { write, read } = headFields(model);
  const gate = (kind: "write" | "read", name: string) => {
    const [fields, skip] = kind === "write" ? [write, 0] : [read, writes * total(write)];
    const before = fields.findIndex(([field]) => field === name);
    const place = places.get("fields")! + skip + total(fields.slice(0, before));
    return (head: number) => place + head * total(fields);
  };
  const both = {
    logits: along("logits"),
    // Memory lies [width, slots].
    memory: (element: number) =>
      places.get("memory")! + (element % width) * slots + Math.floor(element / width),
    writeWeights: along("weights"),
    readWeights: along("weights", writes * slots),
  };
  if (model.model === "ntm")
    return { ...both, writeGate: gate("write", "gate"), readGate: gate("read", "gate") };
  return {
    ...both,
    usage: along("usage"),
    allocationGate: gate("write", "allocationGate"),
    writeGate: gate("write", "writeGate"),
    freeGate: gate("read", "freeGate"),
    readMode: along("mode"),
    link: along("link"),
  };
}

function total(fields: readonly (readonly [string, number])[]): number {
  return fields.reduce((sum, [, width]) => sum + width, 0);
}
