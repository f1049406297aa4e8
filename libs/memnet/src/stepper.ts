/**
 * Takes a learner's steps in WebAssembly, with the bits of `takeStep` in a third of its time; without WebAssembly if the
 * module is not built. The learner's arrays lie in the module's memory, so only the gradient is copied.
 */

import { wasmArrays } from "./engines/wasm/arrays.ts";
import { type Arithmetic, type Learner, type StepRecord, takeStep } from "./learner.ts";
import { corrections } from "./optimizers/adam.ts";
import { averageNames } from "./optimizers/optimizer.ts";
import type { NodeSum } from "./reduction.ts";

export interface Stepper {
  readonly learner: Learner;
  /** [parameterCount]: a gradient that is computed into this array is not copied. */
  readonly gradient: Float32Array;
  /** As `takeStep`. */
  take(sum: NodeSum): StepRecord;
}

export function plainStepper(learner: Learner): Stepper {
  const gradient = new Float32Array(learner.parameters.length);
  return { learner, gradient, take: (sum) => takeStep(learner, sum) };
}

/** The stepper has its own copy of the learner. */
export async function createStepper(learner: Learner): Promise<Stepper> {
  const { parameters, optimizer, training } = learner;
  const count = parameters.length;
  const names = averageNames(training.optimizer);
  const inModule = await wasmArrays(count, 2 + names.length);
  if (!inModule) return plainStepper(learner);
  const { module, addresses, arrays } = inModule;
  const [parametersAt, gradientAt, ...averagesAt] = addresses as [number, number, ...number[]];
  const [ownParameters, gradient, ...averages] = arrays as [Float32Array, Float32Array, ...Float32Array[]];
  const own: Learner = {
    ...learner,
    parameters: ownParameters,
    optimizer: {
      ...optimizer,
      averages: Object.fromEntries(names.map((name, index) => [name, averages[index]!])),
    },
  };
  own.parameters.set(parameters);
  for (const name of names) own.optimizer.averages[name]!.set(optimizer.averages[name]!);

  const arithmetic: Arithmetic = {
    meanAndClip(sum, sequences, normMax) {
      if (sum !== gradient) gradient.set(sum);
      const norm = Math.sqrt(module.meanOf(gradientAt, count, sequences));
      if (normMax > 0 && norm > normMax) module.scaleBy(gradientAt, count, normMax / norm);
      return norm;
    },
    clipElements: (_gradient, max) => module.clipElements(gradientAt, count, Math.fround(max)),
    update(_learner, _gradient, learningRate) {
      const config = training.optimizer;
      const [first, second] = averagesAt;
      if (config.kind === "rmsprop") {
        const { decay, epsilon, momentum } = config;
        const settings = [count, learningRate, decay, epsilon] as const;
        if (momentum === 0) module.rmsprop(parametersAt, gradientAt, first!, ...settings);
        else module.rmspropMomentum(parametersAt, gradientAt, first!, second!, ...settings, momentum);
      } else {
        const { beta1, beta2, epsilon } = config;
        const settings = [beta1, beta2, ...corrections(config, own.optimizer.powers), epsilon] as const;
        module.adam(parametersAt, gradientAt, first!, second!, count, learningRate, ...settings);
      }
    },
  };
  return { learner: own, gradient, take: (sum) => takeStep(own, sum, arithmetic) };
}
