/** The fused engine: forward and backward through time of a whole batch in one WebAssembly module. */

import type { Batch } from "../../batch.ts";
import type { ModelConfig } from "../../config/model.ts";
import { parameterCount } from "../../parameters.ts";
import type { Engine } from "../engine.ts";
import { checkInputs, checkLength } from "../inputs.ts";
import { freeFrom, instantiate, newMemory, setGlobals } from "./module.ts";
import type { Room } from "./places.ts";
import { type Plan, pageBytes, wasmPlan } from "./plan.ts";
import { traceOf } from "./trace.ts";

/** @throws RangeError where the model does not fit into WebAssembly's memory, Error where the module is not built */
export async function createWasmEngine(model: ModelConfig): Promise<Engine> {
  const count = parameterCount(model);
  let plan = wasmPlan(model, { times: 1, keptTimes: 1, sequences: 1 });
  const memory = newMemory(pagesFor(plan));
  const module = await instantiate(memory);
  let floats = new Float32Array(memory.buffer);
  let gradientSum = floats;
  layOut();

  /** Makes room for a longer time or a larger batch than any before. */
  function reserve(times: number, keptTimes: number, sequences: number): void {
    const { room } = plan;
    if (times <= room.times && keptTimes <= room.keptTimes && sequences <= room.sequences) return;
    const more: Room = {
      times: Math.max(times, room.times),
      keptTimes: Math.max(keptTimes, room.keptTimes),
      sequences: Math.max(sequences, room.sequences),
    };
    const next = wasmPlan(model, more);
    const missing = pagesFor(next) - memory.buffer.byteLength / pageBytes;
    if (missing > 0) memory.grow(missing);
    plan = next;
    layOut();
  }

  function layOut(): void {
    floats = new Float32Array(memory.buffer);
    // Padding is 0 and stays so.
    floats.fill(0, freeFrom / 4);
    const integers = new Int32Array(memory.buffer);
    for (const { place, numbers } of plan.tables) integers.set(numbers, place / 4);
    const { parameterGradient } = plan.layout;
    gradientSum = floats.subarray(parameterGradient / 4, parameterGradient / 4 + count);
    setGlobals(module, plan.layout);
  }

  function take(parameters: Float32Array, batch: Batch, keep: boolean): void {
    checkInputs(model, count, parameters, batch);
    reserve(batch.times, keep ? batch.times : 0, batch.sequences);
    const { parameters: place, batchX, batchY, batchMask } = plan.layout;
    floats.set(parameters, place / 4);
    floats.set(batch.x, batchX / 4);
    floats.set(batch.y, batchY / 4);
    floats.set(batch.mask, batchMask / 4);
  }

  return {
    name: "wasm",
    model,
    async gradient(parameters, batch, into) {
      checkLength("the gradient's place", into, count);
      take(parameters, batch, true);
      const loss = module.gradient(batch.times, batch.sequences, plan.chunk);
      into.set(gradientSum);
      return loss;
    },
    async evaluate(parameters, batch) {
      take(parameters, batch, false);
      module.evaluate(batch.times, batch.sequences, plan.chunk);
      const [loss, wrongBits, exact] = new Float64Array(memory.buffer, plan.layout.counts, 3);
      return { loss: loss!, wrongBits: wrongBits!, exact: exact! };
    },
    async trace(parameters, batch) {
      take(parameters, batch, true);
      module.takeParameters();
      return traceOf(model, batch, plan, floats, (first, sequences) =>
        module.trace(batch.times, batch.sequences, first, sequences),
      );
    },
    dispose() {
      // The memory goes with the last reference to the engine.
    },
  };
}

function pagesFor({ bytes }: Plan): number {
  return Math.ceil(bytes / pageBytes);
}
