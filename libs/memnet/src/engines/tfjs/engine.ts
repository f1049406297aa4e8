/** The reference engine: the models as written in ntm/ and dnc/, in TensorFlow.js operations on a tape. */

import type { Tensor } from "@tensorflow/tfjs-core";
import type { Batch } from "../../batch.ts";
import type { ModelConfig } from "../../config/model.ts";
import { parameterCount, parameterLayout } from "../../parameters.ts";
import type { Engine, Trace } from "../engine.ts";
import { checkInputs, checkLength } from "../inputs.ts";
import { traceShapes } from "../trace.ts";
import { loadBackend, nodeDetail, onBackend, type TfjsBackend, tidied } from "./backend.ts";
import { evaluation } from "./evaluation.ts";
import { crossEntropy } from "./loss.ts";
import { createNetwork, type Observer } from "./network.ts";
import { differentiated } from "./tape.ts";
import { tf } from "./tf.ts";

/**
 * An engine on one of TensorFlow.js's backends; `node` needs a package that is not installed by default. Engines on
 * different backends may share a process: their calls take turns.
 */
export async function createTfjsEngine(backend: TfjsBackend, model: ModelConfig): Promise<Engine> {
  const layout = parameterLayout(model);
  const count = parameterCount(model);
  const network = createNetwork(model);
  const registered = await loadBackend(backend);

  /** Checks the arrays and runs `work` when it is this engine's turn, with tensors that are freed afterwards. */
  async function compute<T>(
    parameters: Float32Array,
    batch: Batch,
    work: (tensors: Tensor[], forward: (observe?: Observer) => Tensor) => T,
  ): Promise<T> {
    checkInputs(model, count, parameters, batch);
    return onBackend(registered, () =>
      tidied(() => {
        // Copies: tfjs keeps the array it is given, and the caller's will hold the next step's parameters.
        const tensors = layout.map(({ shape, offset, length }) =>
          tf.tensor(parameters.slice(offset, offset + length), [...shape]),
        );
        const inputs = inputTensors(model, batch);
        const named = Object.fromEntries(layout.map(({ name }, index) => [name, tensors[index]!]));
        return work(tensors, (observe) => network.forward(named, inputs, observe));
      }),
    );
  }

  return {
    name: `tfjs-${backend}`,
    model,
    ...(backend === "node" ? { detail: nodeDetail(registered) } : {}),
    async gradient(parameters, batch, into) {
      checkLength("the gradient's array", into, count);
      return compute(parameters, batch, (tensors, forward) => {
        const rows = batch.times * batch.sequences;
        const target = tf.tensor(batch.y.slice(), [rows, model.output]);
        const mask = tf.tensor(batch.mask.slice(), [rows, 1]);
        const { value, gradients } = differentiated(() => crossEntropy(forward(), target, mask), tensors);
        for (const [index, { offset }] of layout.entries()) into.set(floats(gradients[index]!), offset);
        return value.dataSync()[0]!;
      });
    },
    async evaluate(parameters, batch) {
      return compute(parameters, batch, (_, forward) => evaluation(floats(forward()), batch));
    },
    async predict(parameters, batch) {
      return compute(parameters, batch, (_, forward) => floats(forward()));
    },
    async trace(parameters, batch) {
      return compute(parameters, batch, (_, forward) => {
        const { times, sequences } = batch;
        const tensors = Object.entries(traceShapes(model)).map(([name, tail]) => {
          const shape = [times, sequences, ...tail];
          return { name, shape, data: new Float32Array(tf.util.sizeFromShape(shape)) };
        });
        let time = 0;
        const logits = forward((state) => {
          for (const { name, data } of tensors) {
            if (name !== "logits") data.set(state[name]!.dataSync(), (time * data.length) / times);
          }
          time++;
        });
        tensors.find(({ name }) => name === "logits")!.data.set(logits.dataSync());
        return Object.fromEntries(
          tensors.map(({ name, shape, data }) => [name, { shape, data }]),
        ) as unknown as Trace;
      });
    },
    // No tensor outlives a call, and the backend belongs to the process.
    dispose() {},
  };
}

/** For each time [batch, input]. */
function inputTensors(model: ModelConfig, { x, times, sequences }: Batch): Tensor[] {
  const size = sequences * model.input;
  return Array.from({ length: times }, (_, time) =>
    tf.tensor(x.slice(time * size, (time + 1) * size), [sequences, model.input]),
  );
}

/** A copy: the cpu backend returns its own array. */
function floats(tensor: Tensor): Float32Array {
  return Float32Array.from(tensor.dataSync());
}
