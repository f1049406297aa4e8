/**
 * The engine on a GPU: forward and backward through time are one dispatch each, with one workgroup a sequence, and the
 * kernels' gradients follow as products over all times. `wgsl` writes the shaders for a model's sizes.
 */

import type { Batch } from "../../batch.ts";
import type { ModelConfig } from "../../config/model.ts";
import { parameterCount } from "../../parameters.ts";
import type { Engine, EngineOptions, Evaluation } from "../engine.ts";
import { checkInputs, checkLength } from "../inputs.ts";
import { collectTrace } from "../trace.ts";
import { createPrograms } from "./device.ts";
import { findGpu, type Gpu } from "./gpu.ts";
import type { Limits } from "./plan.ts";
import { createRunner } from "./runner.ts";
import { traceSources } from "./trace.ts";
import type { LaneOrder } from "./wgsl/assemble.ts";

export interface WebgpuOptions extends EngineOptions {
  /** For tests: lower limits than the device's own. */
  readonly bounds?: Partial<Limits>;
  /** For tests: the order in which lanes run, which must not matter. */
  readonly order?: LaneOrder;
}

/** @throws if there is no GPU, if there is only a software GPU and `software` is false, or if the model exceeds a limit */
export async function createWebgpuEngine(
  model: ModelConfig,
  { software = true, bounds = {}, order = "straight", timed = false }: WebgpuOptions = {},
): Promise<Engine> {
  let gpu: Gpu | undefined = await findGpu();
  if (gpu.isSoftware && !software) {
    throw new Error(
      `Cannot choose engine webgpu automatically: the only GPU here is software (${gpu.name}), slower than engine wasm`,
    );
  }
  const programs = await createPrograms(gpu, model, bounds, order, timed);
  const { name } = gpu;
  const runner = createRunner(programs, model);
  const count = parameterCount(model);
  const { spilled } = programs;
  return {
    name: "webgpu",
    detail: spilled.length === 0 ? name : `${name}; in storage memory: ${spilled.join(", ")}`,
    model,
    takesTwo: true,
    async gradient(parameters, batch, into) {
      checkInputs(model, count, parameters, batch);
      checkLength("the gradient's array", into, count);
      return runner.run("gradient", parameters, batch, (result) => {
        into.set(result.subarray(0, count));
        return lossOf(result.subarray(count), batch).loss;
      });
    },
    async evaluate(parameters, batch) {
      checkInputs(model, count, parameters, batch);
      return runner.run("evaluate", parameters, batch, (result) => lossOf(result, batch));
    },
    async predict(parameters, batch) {
      checkInputs(model, count, parameters, batch);
      const { logits } = traceSources(model);
      const chunks = await runner.records(parameters, batch);
      return collectTrace(model, batch, { logits: logits! }, chunks).logits.data;
    },
    async trace(parameters, batch) {
      checkInputs(model, count, parameters, batch);
      return collectTrace(model, batch, traceSources(model), await runner.records(parameters, batch));
    },
    busyMs: () => runner.busyMs(),
    dispose() {
      programs.device.destroy();
      gpu = undefined;
    },
  };
}

/** Adds up in float64 what the device gives for each time and sequence: [losses, misses], each [time, batch]. */
function lossOf(outcome: Float32Array, { times, sequences, mask }: Batch): Evaluation {
  const rows = times * sequences;
  let loss = 0;
  let wrongBits = 0;
  let exact = 0;
  for (let sequence = 0; sequence < sequences; sequence++) {
    let wrong = 0;
    let counts = false;
    for (let row = sequence; row < rows; row += sequences) {
      counts ||= mask[row] !== 0;
      loss += outcome[row]!;
      wrong += outcome[rows + row]!;
    }
    wrongBits += wrong;
    if (counts && wrong === 0) exact += 1;
  }
  return { loss, wrongBits, exact };
}
