/** A forward pass one time after another: an instance of the module that carries its state. */

import type { ModelConfig } from "../../config/model.ts";
import { parameterCount } from "../../parameters.ts";
import type { EngineStream } from "../engine.ts";
import { checkLength } from "../inputs.ts";
import { instantiate, newMemory, setGlobals } from "./module.ts";
import { pageBytes, wasmPlan } from "./plan.ts";

/** @param sequences side by side, at most as many as go through time together */
export async function createWasmStream(
  model: ModelConfig,
  parameters: Float32Array,
  sequences: number,
): Promise<EngineStream> {
  checkLength("the parameters", parameters, parameterCount(model));
  const { layout, tables, bytes, chunk } = wasmPlan(model, { times: 1, keptTimes: 1, sequences });
  if (!(sequences >= 1 && sequences <= chunk)) {
    throw new RangeError(`Cannot stream ${sequences} sequences: this model takes 1 to ${chunk} together`);
  }
  const memory = newMemory(Math.ceil(bytes / pageBytes));
  const module = await instantiate(memory);
  const floats = new Float32Array(memory.buffer);
  const integers = new Int32Array(memory.buffer);
  for (const { address, numbers } of tables) integers.set(numbers, address / 4);
  setGlobals(module, layout);
  floats.set(parameters, layout.parameters / 4);
  module.packParameters();
  let resume: 0 | 1 = 0;
  return {
    next(x) {
      checkLength("the inputs of one time", x, sequences * model.input);
      floats.set(x, layout.batchX / 4);
      module.predict(1, sequences, 0, sequences, resume);
      resume = 1;
      const logits = new Float32Array(sequences * model.output);
      for (let b = 0; b < sequences; b++) {
        const from = layout.logits / 4 + b * layout.outputPad;
        logits.set(floats.subarray(from, from + model.output), b * model.output);
      }
      return logits;
    },
  };
}
