/**
 * The whole network over a sequence: controller, memory access, output.
 *
 * docs/model.md §3.1. Nature 538, Methods, "Controller network"; arXiv 1410.5401, section 3, figure 1.
 */

import type { Tensor } from "@tensorflow/tfjs-core";
import type { ModelConfig } from "../../config/model.ts";
import type { Access, MemoryState } from "./access.ts";
import { tidied } from "./backend.ts";
import { type Controller, type ControllerState, feedforward, lstm } from "./controller.ts";
import { dncAccess } from "./dnc/access.ts";
import { linear } from "./linear.ts";
import { ntmAccess } from "./ntm/access.ts";
import * as op from "./ops.ts";
import { isRecording } from "./tape.ts";
import { tf } from "./tf.ts";

/** Called with the state after each step. The state's tensors may be freed afterwards. */
export type Observer = (state: Readonly<Record<string, Tensor>>) => void;

export interface Network {
  /**
   * @param parameters the model's tensors by name
   * @param inputs     for each time [batch, input]
   * @returns          logits [time·batch, output]
   */
  forward(
    parameters: Readonly<Record<string, Tensor>>,
    inputs: readonly Tensor[],
    observe?: Observer,
  ): Tensor;
}

export function createNetwork(model: ModelConfig): Network {
  const controller = model.controller === "feedforward" ? feedforward(model) : lstm(model);
  // Neither state matters to the network.
  return unroll(
    controller as Controller<ControllerState>,
    accessOf(model) as Access<MemoryState> | undefined,
  );
}

function accessOf(model: ModelConfig) {
  if (model.model === "ntm") return ntmAccess(model);
  return model.model === "dnc" ? dncAccess(model) : undefined;
}

interface NetworkState {
  readonly controller: ControllerState;
  readonly memory?: MemoryState;
  /** [batch, reads·width], r */
  readonly read?: Tensor;
}

/** @param access undefined for a network without memory */
function unroll(controller: Controller<ControllerState>, access: Access<MemoryState> | undefined): Network {
  return {
    forward(parameters, inputs, observe) {
      const layer = (name: string) => linear(parameters[`${name}.kernel`]!, parameters[`${name}.bias`]!);
      const toController = layer("controller");
      const toInterface = access && layer("interface");
      const toOutput = layer("output");
      const batch = inputs[0]!.shape[0]!;
      let state: NetworkState = {
        controller: controller.initial(batch),
        ...(access && withReads(access.initial(batch))),
      };
      const outputs: Tensor[] = [];
      for (const input of inputs) {
        const compute = () => {
          const { memory, read } = state;
          const next = controller.step(
            read ? op.concat([input, read], 1) : input,
            state.controller,
            toController,
          );
          if (!access) return { state: { controller: next }, output: next.hidden };
          const after = withReads(access.step(memory!, toInterface!(next.hidden)));
          return { state: { controller: next, ...after }, output: op.concat([next.hidden, after.read], 1) };
        };
        // On a tape all tensors live until the gradient is known; otherwise only the state outlives a step.
        const step = isRecording() ? compute() : tidied(compute);
        if (!isRecording()) freeUnless(tensorsOf(state), [...tensorsOf(step.state), ...outputs]);
        state = step.state;
        outputs.push(step.output);
        observe?.((state.memory ?? {}) as Record<string, Tensor>);
      }
      return toOutput(op.concat(outputs, 0));
    },
  };
}

/** With r = [r¹ … r^R], r^i = Mᵀ w^{r,i}: [batch, reads·width]. */
function withReads(state: MemoryState): { memory: MemoryState; read: Tensor } {
  const { memory, readWeights } = state;
  const [batch, , width] = memory.shape as [number, number, number];
  const read = op.reshape(op.matMul(readWeights, memory), [batch, readWeights.shape[1]! * width]);
  return { memory: state, read };
}

function tensorsOf({ controller, memory, read }: NetworkState): Tensor[] {
  return [...Object.values(controller), ...Object.values(memory ?? {}), ...(read ? [read] : [])];
}

/** Frees tensors, except those that are still needed. */
function freeUnless(tensors: readonly Tensor[], needed: readonly Tensor[]): void {
  tf.dispose(tensors.filter((tensor) => !needed.includes(tensor)));
}
