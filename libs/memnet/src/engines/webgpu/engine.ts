/**
 * The engine on a GPU: forward and backward through time in one dispatch each, a workgroup a sequence, and the kernels'
 * gradients as products over all times afterwards. WGSL is written from the model's sizes (`wgsl`).
 */

import type { Batch } from "../../batch.ts";
import type { ModelConfig } from "../../config/model.ts";
import { parameterCount } from "../../parameters.ts";
import type { Engine, EngineOptions, Evaluation } from "../engine.ts";
import { checkInputs, checkLength } from "../inputs.ts";
import { createPrograms } from "./device.ts";
import { findGpu, type Gpu } from "./gpu.ts";
import type { Limits } from "./plan.ts";
import { createRunner } from "./runner.ts";
import { traceOf } from "./trace.ts";
import type { LaneOrder } from "./wgsl/link.ts";

export interface WebgpuOptions extends EngineOptions {
  /** Lower limits than the device's own: for tests. */
  readonly bounds?: Partial<Limits>;
  /** In which order lanes come: for tests, since it must not matter. */
  readonly order?: LaneOrder;
}

/** @throws where there is no GPU, only a program and that will not do, or a limit is too low for the model */
export async function createWebgpuEngine(
  model: ModelConfig,
  { software = true, bounds = {}, order = "straight", timed = false }: WebgpuOptions = {},
): Promise<Engine> {
  let gpu: Gpu | undefined = await findGpu();
  if (gpu.isSoftware && !software) {
    throw new Error(
      `Cannot use engine webgpu unasked: the only GPU here is a program (${gpu.name}), slower than engine wasm`,
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
      checkLength("the gradient's place", into, count);
      return runner.gradient(parameters, batch, (result) => {
        into.set(result.subarray(0, count));
        return lossOf(result.subarray(count), batch).loss;
      });
    },
    async evaluate(parameters, batch) {
      checkInputs(model, count, parameters, batch);
      return runner.evaluate(parameters, batch, (result) => lossOf(result, batch));
    },
    async trace(parameters, batch) {
      checkInputs(model, count, parameters, batch);
      return traceOf(model, batch, await runner.records(parameters, batch));
    },
    busyMs: () => runner.busyMs(),
    dispose() {
      programs.device.destroy();
      gpu = undefined;
    },
  };
}

/** Sums in float64 of what the device gives for each time and sequence: [losses, misses], each [time, batch]. */
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
