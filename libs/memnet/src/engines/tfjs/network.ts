/**
 * The whole network over a sequence: controller, memory access, output.
 *
 * docs/model.md §3.1. Nature 538, Methods, "Controller network"; arXiv 1410.5401, section 3, figure 1.
 */

import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { ModelConfig } from "../../config/model.ts";
import type { Access, MemoryState } from "./access.ts";
import { tidied } from "./backend.ts";
import { type ControllerState, lstm } from "./controller.ts";
import { dncAccess } from "./dnc/access.ts";
import { type Linear, linear } from "./linear.ts";
import { ntmAccess } from "./ntm/access.ts";
import * as op from "./ops.ts";
import { isRecording } from "./tape.ts";

/** Called with the state after each step. The state's tensors may be freed afterwards. */
export type Observer = (state: Readonly<Record<string, Tensor>>) => void;

export interface Network {
  /**
   * @param parameters the six tensors, in order
   * @param inputs     for each time [batch, input]
   * @returns          logits [time·batch, output]
   */
  forward(parameters: readonly Tensor[], inputs: readonly Tensor[], observe?: Observer): Tensor;
}

export function createNetwork(model: ModelConfig): Network {
  return model.model === "ntm" ? unroll(model, ntmAccess(model)) : unroll(model, dncAccess(model));
}

function unroll<State extends MemoryState>({ hidden }: ModelConfig, access: Access<State>): Network {
  return {
    forward(parameters, inputs, observe) {
      const [gates, toInterface, toOutput] = [0, 2, 4].map((index) =>
        linear(parameters[index]!, parameters[index + 1]!),
      ) as [Linear, Linear, Linear];
      const batch = inputs[0]!.shape[0]!;
      let memory = access.initial(batch);
      let read = readVectors(memory);
      let controller: ControllerState = {
        hidden: tf.zeros([batch, hidden]),
        cell: tf.zeros([batch, hidden]),
      };
      const outputs: Tensor[] = [];
      for (const input of inputs) {
        const compute = () => {
          const nextController = lstm(input, read, controller, gates);
          const nextMemory = access.step(memory, toInterface(nextController.hidden));
          const nextRead = readVectors(nextMemory);
          const output = op.concat([nextController.hidden, nextRead], 1);
          return { controller: nextController, memory: nextMemory, read: nextRead, output };
        };
        // On a tape all tensors live until the gradient is known; otherwise only the state outlives a step.
        const step = isRecording() ? compute() : tidied(compute);
        if (!isRecording()) freeUnless([read, ...values(controller), ...values(memory)], values(step.memory));
        ({ controller, memory, read } = step);
        outputs.push(step.output);
        observe?.(memory as object as Record<string, Tensor>);
      }
      return toOutput(op.concat(outputs, 0));
    },
  };
}

/** r = [r¹ … r^R], r^i = Mᵀ w^{r,i}: [batch, reads·width]. */
function readVectors({ memory, readWeights }: MemoryState): Tensor {
  const [batch, , width] = memory.shape as [number, number, number];
  return op.reshape(op.matMul(readWeights, memory), [batch, readWeights.shape[1]! * width]);
}

function values(state: object): Tensor[] {
  return Object.values(state);
}

/** Frees tensors, except constants that the next state holds too. */
function freeUnless(tensors: readonly Tensor[], kept: readonly Tensor[]): void {
  tf.dispose(tensors.filter((tensor) => !kept.includes(tensor)));
}
