/** The reference engine: the models as written in ntm/ and dnc/, in TensorFlow.js operations on a tape. */

import type { Tensor } from "@tensorflow/tfjs-core";
import type { Batch } from "../../batch.ts";
import type { ModelConfig } from "../../config/model.ts";
import { parameterCount, parameterLayout } from "../../parameters.ts";
import type { Engine, Trace, TraceTensor } from "../engine.ts";
import { checkInputs, checkLength } from "../inputs.ts";
import { traceShapes } from "../trace.ts";
import { loadBackend, nodeDetail, onBackend, type TfjsBackend } from "./backend.ts";
import { evaluation } from "./evaluation.ts";
import { inputTensors, parameterTensors, targetTensors } from "./inputs.ts";
import { crossEntropy } from "./loss.ts";
import { createNetwork } from "./network.ts";
import { differentiated } from "./tape.ts";
import { tidied } from "./tidied.ts";

/**
 * An engine on one of TensorFlow.js's backends; `node` needs a package of its own to be installed.
 * Engines on different backends may live in one process: their calls take turns.
 */
export async function createTfjsEngine(backend: TfjsBackend, model: ModelConfig): Promise<Engine> {
  const layout = parameterLayout(model);
  const network = createNetwork(model);
  const registered = await loadBackend(backend);

  const gradient = (parameters: Float32Array, batch: Batch, into: Float32Array): number =>
    tidied(() => {
      const x = inputTensors(model, batch);
      const { target, mask } = targetTensors(model, batch);
      const tensors = parameterTensors(layout, parameters);
      const lossOf = () => crossEntropy(network.forward(tensors, x), target, mask);
      const { value, gradients } = differentiated(lossOf, tensors);
      for (const [place, { offset }] of layout.entries()) into.set(floats(gradients[place]!), offset);
      return value.dataSync()[0]!;
    });

  const count = parameterCount(model);
  const logits = (parameters: Float32Array, batch: Batch): Float32Array =>
    tidied(() => floats(network.forward(parameterTensors(layout, parameters), inputTensors(model, batch))));

  const shapes = traceShapes(model);
  const names = Object.keys(shapes);
  const trace = (parameters: Float32Array, batch: Batch): Trace =>
    tidied(() => {
      const rows: Record<string, Float32Array[]> = Object.fromEntries(names.map((name) => [name, []]));
      const result = network.forward(
        parameterTensors(layout, parameters),
        inputTensors(model, batch),
        (state) => {
          for (const name of names) rows[name]!.push(floats(state[name]!));
        },
      );
      const { times, sequences } = batch;
      const tensors: Record<string, TraceTensor> = {
        logits: { shape: [times, sequences, model.output], data: floats(result) },
      };
      for (const name of names) {
        tensors[name] = { shape: [times, sequences, ...shapes[name]!], data: joined(rows[name]!) };
      }
      return tensors;
    });

  return {
    name: `tfjs-${backend}`,
    model,
    ...(backend === "node" ? { detail: nodeDetail(registered) } : {}),
    async gradient(parameters, batch, into) {
      checkInputs(model, count, parameters, batch);
      checkLength("the gradient's place", into, count);
      return onBackend(registered, () => gradient(parameters, batch, into));
    },
    async evaluate(parameters, batch) {
      checkInputs(model, count, parameters, batch);
      return onBackend(registered, () => evaluation(logits(parameters, batch), batch));
    },
    async trace(parameters, batch) {
      checkInputs(model, count, parameters, batch);
      return onBackend(registered, () => trace(parameters, batch));
    },
    // No tensor outlives a call, and the backend belongs to the process.
    dispose() {},
  };
}

function floats(tensor: Tensor): Float32Array {
  // A copy: the cpu backend hands out its own array.
  return Float32Array.from(tensor.dataSync());
}

function joined(rows: readonly Float32Array[]): Float32Array {
  const length = rows.reduce((sum, row) => sum + row.length, 0);
  const all = new Float32Array(length);
  let offset = 0;
  for (const row of rows) {
    all.set(row, offset);
    offset += row.length;
  }
  return all;
}
