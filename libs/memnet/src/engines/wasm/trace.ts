/** Traces: what a forward pass kept, in the shapes that `Trace` promises. */

import type { Batch } from "../../batch.ts";
import type { ModelConfig } from "../../config/model.ts";
import type { Trace } from "../engine.ts";
import { traceShapes } from "../trace.ts";
import type { Plan } from "./plan.ts";

/** Where an element of a tensor lies in a record, in bytes. */
type Place = (...index: number[]) => number;

/**
 * @param floats  the module's memory
 * @param forward runs the sequences from `first` on, all times kept
 */
export function traceOf(
  model: ModelConfig,
  { times, sequences }: Batch,
  plan: Plan,
  floats: Float32Array,
  forward: (first: number, sequences: number) => void,
): Trace {
  const { layout, chunk } = plan;
  const rows = times * sequences;
  const logits = new Float32Array(rows * model.output);
  const at = placesOf(model, plan);
  const tensors = Object.entries(traceShapes(model)).map(([name, tail]) => {
    const places = indices(tail).map((index) => at[name]!(...index) / 4);
    const shape = [times, sequences, ...tail];
    return { name, places, shape, data: new Float32Array(rows * places.length) };
  });
  for (let first = 0; first < sequences; first += chunk) {
    const count = Math.min(chunk, sequences - first);
    forward(first, count);
    for (let time = 0; time < times; time++) {
      for (let b = 0; b < count; b++) {
        const row = time * sequences + first + b;
        const from = layout.logits / 4 + (time * count + b) * layout.outputPad;
        logits.set(floats.subarray(from, from + model.output), row * model.output);
        const record = (layout.records + ((time + 1) * count + b) * layout.recordBytes) / 4;
        for (const { places, data } of tensors) {
          const to = row * places.length;
          for (const [element, place] of places.entries()) data[to + element] = floats[record + place]!;
        }
      }
    }
  }
  return {
    logits: { shape: [times, sequences, model.output], data: logits },
    ...Object.fromEntries(tensors.map(({ name, shape, data }) => [name, { shape, data }])),
  };
}

function placesOf(model: ModelConfig, { layout }: Plan): Readonly<Record<string, Place>> {
  const write = (offset: number) => (head: number) =>
    layout.writeHeads + head * layout.writeHeadBytes + offset;
  const read = (offset: number) => (head: number) => layout.readHeads + head * layout.readHeadBytes + offset;
  const along =
    (head: (index: number) => number): Place =>
    (index = 0, element = 0) =>
      head(index) + 4 * element;
  const memory: Place = (slot = 0, w = 0) => 4 * (w * layout.stride + slot);
  if (model.model === "ntm") {
    return {
      memory,
      writeWeights: along(write(layout.headWeights)),
      readWeights: along(read(layout.headWeights)),
      writeGate: along(write(4)),
      readGate: along(read(4)),
    };
  }
  return {
    memory,
    writeWeights: along(write(layout.writeWeights)),
    readWeights: along(read(layout.readWeights)),
    usage: (slot = 0) => layout.usage + 4 * slot,
    allocationGate: along(write(4)),
    writeGate: along(write(8)),
    freeGate: along(read(4)),
    readMode: along(read(layout.readMode)),
    link: (head = 0, to = 0, from = 0) => write(layout.writeLink)(head) + 4 * (to * layout.slotsPad + from),
  };
}

/** All indices of a shape, row-major. */
function indices(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (before, size) =>
      before.flatMap((index) => Array.from({ length: size }, (_, place) => [...index, place])),
    [[]],
  );
}
