/** The engine in WebAssembly: one module takes a whole batch forward and backward through time. */

import type { Batch } from "../../batch.ts";
import type { ModelConfig } from "../../config/model.ts";
import { parameterCount } from "../../parameters.ts";
import type { Engine } from "../engine.ts";
import { checkInputs, checkLength } from "../inputs.ts";
import { type Chunk, collectTrace } from "../trace.ts";
import { freeFrom, instantiate, newMemory, setGlobals } from "./module.ts";
import { type Capacity, type Plan, pageBytes, wasmPlan } from "./plan.ts";
import { createWasmStream } from "./stream.ts";
import { traceSources } from "./trace.ts";

/** @throws RangeError if the model does not fit into WebAssembly's memory, Error if the module is not built */
export async function createWasmEngine(model: ModelConfig): Promise<Engine> {
  const count = parameterCount(model);
  let plan = wasmPlan(model, { times: 1, keptTimes: 1, sequences: 1 });
  const memory = newMemory(pagesFor(plan));
  const module = await instantiate(memory);
  let floats = new Float32Array(memory.buffer);
  let gradientSum = floats;
  layOut();

  /** Makes a new plan if a batch is longer or larger than all before. */
  function reserve(times: number, keptTimes: number, sequences: number): void {
    const { capacity } = plan;
    if (times <= capacity.times && keptTimes <= capacity.keptTimes && sequences <= capacity.sequences) return;
    const wanted: Capacity = {
      times: Math.max(times, capacity.times),
      keptTimes: Math.max(keptTimes, capacity.keptTimes),
      sequences: Math.max(sequences, capacity.sequences),
    };
    const next = wasmPlan(model, wanted);
    const missing = pagesFor(next) - memory.buffer.byteLength / pageBytes;
    if (missing > 0) memory.grow(missing);
    plan = next;
    layOut();
  }

  function layOut(): void {
    floats = new Float32Array(memory.buffer);
    // Padding stays 0.
    floats.fill(0, freeFrom / 4);
    const integers = new Int32Array(memory.buffer);
    for (const { address, numbers } of plan.tables) integers.set(numbers, address / 4);
    const { parameterGradient } = plan.layout;
    gradientSum = floats.subarray(parameterGradient / 4, parameterGradient / 4 + count);
    setGlobals(module, plan.layout);
  }

  function load(parameters: Float32Array, batch: Batch, keep: boolean): void {
    checkInputs(model, count, parameters, batch);
    reserve(batch.times, keep ? batch.times : 0, batch.sequences);
    const { layout } = plan;
    floats.set(parameters, layout.parameters / 4);
    floats.set(batch.x, layout.batchX / 4);
    floats.set(batch.y, layout.batchY / 4);
    floats.set(batch.mask, layout.batchMask / 4);
  }

  function* chunks({ times, sequences }: Batch, run: "trace" | "predict"): Generator<Chunk> {
    for (let first = 0; first < sequences; first += plan.chunk) {
      const count = Math.min(plan.chunk, sequences - first);
      module[run](times, sequences, first, count, 0);
      yield { floats, first, count };
    }
  }

  return {
    name: "wasm",
    model,
    async gradient(parameters, batch, into) {
      checkLength("the gradient's array", into, count);
      load(parameters, batch, true);
      const loss = module.gradient(batch.times, batch.sequences, plan.chunk);
      into.set(gradientSum);
      return loss;
    },
    async evaluate(parameters, batch) {
      load(parameters, batch, false);
      module.evaluate(batch.times, batch.sequences, plan.chunk);
      const [loss, wrongBits, exact] = new Float64Array(memory.buffer, plan.layout.counts, 3);
      return { loss: loss!, wrongBits: wrongBits!, exact: exact! };
    },
    async predict(parameters, batch) {
      load(parameters, batch, false);
      module.packParameters();
      const { logits } = traceSources(model, plan);
      return collectTrace(model, batch, { logits: logits! }, chunks(batch, "predict")).logits.data;
    },
    stream: (parameters, sequences) => createWasmStream(model, parameters, sequences),
    async trace(parameters, batch) {
      load(parameters, batch, true);
      module.packParameters();
      return collectTrace(model, batch, traceSources(model, plan), chunks(batch, "trace"));
    },
    dispose() {
      // The memory is freed with the last reference to the engine.
    },
  };
}

function pagesFor({ bytes }: Plan): number {
  return Math.ceil(bytes / pageBytes);
}
