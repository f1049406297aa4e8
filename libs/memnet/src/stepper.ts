/**
 * Takes a learner's steps: in WebAssembly where the module is built, the same bits as `takeStep`, in a third of its
 * time. The learner's arrays then lie in the module's memory, so that nothing but the gradient is copied.
 */

import { instantiate, newMemory } from "./engines/wasm/module.ts";
import { pageBytes } from "./engines/wasm/plan.ts";
import { headerPlace } from "./engines/wasm/words.ts";
import { type Arithmetic, type Learner, type StepRecord, takeStep } from "./learner.ts";
import { corrections } from "./optimizers/adam.ts";
import { slotNames } from "./optimizers/optimizer.ts";
import type { NodeSum } from "./reduction.ts";

export interface Stepper {
  readonly learner: Learner;
  /** As `takeStep`. */
  take(sum: NodeSum): StepRecord;
}

export function plainStepper(learner: Learner): Stepper {
  return { learner, take: (sum) => takeStep(learner, sum) };
}

/** The learner goes over to the stepper, which has one of its own. */
export async function createStepper(learner: Learner): Promise<Stepper> {
  const { parameters, optimizer, training } = learner;
  const count = parameters.length;
  const names = slotNames(training.optimizer);
  // Whole pairs of floats, behind what the module keeps in memory itself.
  const bytes = 4 * (count + (count % 2));
  const memory = newMemory(Math.ceil((headerPlace + (2 + names.length) * bytes) / pageBytes));
  let module: Awaited<ReturnType<typeof instantiate>>;
  try {
    module = await instantiate(memory);
  } catch {
    return plainStepper(learner);
  }
  const floats = (place: number) => new Float32Array(memory.buffer, place, count);
  const slotPlaces = names.map((_, index) => headerPlace + (2 + index) * bytes);
  const [parametersPlace, gradientPlace] = [headerPlace, headerPlace + bytes];
  const own: Learner = {
    ...learner,
    parameters: floats(parametersPlace),
    optimizer: {
      ...optimizer,
      slots: Object.fromEntries(names.map((name, index) => [name, floats(slotPlaces[index]!)])),
    },
  };
  own.parameters.set(parameters);
  for (const name of names) own.optimizer.slots[name]!.set(optimizer.slots[name]!);
  const gradient = floats(gradientPlace);

  const arithmetic: Arithmetic = {
    meanAndClip(sum, sequences, normMax) {
      gradient.set(sum);
      const norm = Math.sqrt(module.meanOf(gradientPlace, count, sequences));
      if (norm > normMax) module.scaleBy(gradientPlace, count, normMax / norm);
      return norm;
    },
    update() {
      const config = training.optimizer;
      const [first, second] = slotPlaces;
      if (config.kind === "rmsprop") {
        const { learningRate, decay, epsilon } = config;
        module.rmsprop(parametersPlace, gradientPlace, first!, count, learningRate, decay, epsilon);
      } else {
        const { learningRate, beta1, beta2, epsilon } = config;
        const settings = [beta1, beta2, ...corrections(config, own.optimizer.powers), epsilon] as const;
        module.adam(parametersPlace, gradientPlace, first!, second!, count, learningRate, ...settings);
      }
    },
  };
  return { learner: own, take: (sum) => takeStep(own, sum, arithmetic) };
}
