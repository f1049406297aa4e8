/**
 * Takes a learner's steps: in WebAssembly where the module is built, the same bits as `takeStep`, in a third of its
 * time. The learner's arrays then lie in the module's memory, so that nothing but the gradient is copied.
 */

import { wasmArrays } from "./engines/wasm/arrays.ts";
import { type Arithmetic, type Learner, type StepRecord, takeStep } from "./learner.ts";
import { corrections } from "./optimizers/adam.ts";
import { slotNames } from "./optimizers/optimizer.ts";
import type { NodeSum } from "./reduction.ts";

export interface Stepper {
  readonly learner: Learner;
  /** [parameterCount]: a sum whose gradient is computed here is not copied. */
  readonly gradient: Float32Array;
  /** As `takeStep`. */
  take(sum: NodeSum): StepRecord;
}

export function plainStepper(learner: Learner): Stepper {
  const gradient = new Float32Array(learner.parameters.length);
  return { learner, gradient, take: (sum) => takeStep(learner, sum) };
}

/** The learner goes over to the stepper, which has one of its own. */
export async function createStepper(learner: Learner): Promise<Stepper> {
  const { parameters, optimizer, training } = learner;
  const count = parameters.length;
  const names = slotNames(training.optimizer);
  const inModule = await wasmArrays(count, 2 + names.length);
  if (!inModule) return plainStepper(learner);
  const { module, places, arrays } = inModule;
  const [parametersPlace, gradientPlace, ...slotPlaces] = places as [number, number, ...number[]];
  const [ownParameters, gradient, ...slots] = arrays as [Float32Array, Float32Array, ...Float32Array[]];
  const own: Learner = {
    ...learner,
    parameters: ownParameters,
    optimizer: {
      ...optimizer,
      slots: Object.fromEntries(names.map((name, index) => [name, slots[index]!])),
    },
  };
  own.parameters.set(parameters);
  for (const name of names) own.optimizer.slots[name]!.set(optimizer.slots[name]!);

  const arithmetic: Arithmetic = {
    meanAndClip(sum, sequences, normMax) {
      if (sum !== gradient) gradient.set(sum);
      const norm = Math.sqrt(module.meanOf(gradientPlace, count, sequences));
      if (normMax > 0 && norm > normMax) module.scaleBy(gradientPlace, count, normMax / norm);
      return norm;
    },
    clipElements: (_gradient, max) => module.clipElements(gradientPlace, count, Math.fround(max)),
    update(_learner, _gradient, learningRate) {
      const config = training.optimizer;
      const [first, second] = slotPlaces;
      if (config.kind === "rmsprop") {
        const { decay, epsilon, momentum } = config;
        const settings = [count, learningRate, decay, epsilon] as const;
        if (momentum === 0) module.rmsprop(parametersPlace, gradientPlace, first!, ...settings);
        else module.rmspropMomentum(parametersPlace, gradientPlace, first!, second!, ...settings, momentum);
      } else {
        const { beta1, beta2, epsilon } = config;
        const settings = [beta1, beta2, ...corrections(config, own.optimizer.powers), epsilon] as const;
        module.adam(parametersPlace, gradientPlace, first!, second!, count, learningRate, ...settings);
      }
    },
  };
  return { learner: own, gradient, take: (sum) => takeStep(own, sum, arithmetic) };
}
