/**
 * For tests: an engine whose results are known beforehand. A sequence's target is the mean of its y under the mask, and its
 * loss is Σ (θ − target)² / 2 over all parameters.
 */

import { plainAdder, sumNode } from "../adder.ts";
import type { Batch } from "../batch.ts";
import { type ModelConfig, modelConfig } from "../config/model.ts";
import { type RunConfig, runConfig, type Settings } from "../config/settings.ts";
import { microBatchCount, modelOf } from "../config/training.ts";
import type { Engine } from "../engines/engine.ts";
import { type Learner, type StepRecord, takeStep } from "../learner.ts";
import { copy } from "../tasks/copy.ts";
import { makeMicroBatch } from "../tasks/micro-batch.ts";

export function fakeEngine(model: ModelConfig): Engine {
  return {
    name: "fake",
    model: modelConfig.parse(model),
    async gradient(parameters, batch, into) {
      into.fill(0);
      let loss = 0;
      for (const target of targets(batch)) {
        for (let index = 0; index < parameters.length; index++) {
          const difference = parameters[index]! - target;
          into[index] = into[index]! + difference;
          loss += (difference * difference) / 2;
        }
      }
      return loss;
    },
    /** Loss: Σ of the targets. Wrong bits: times that count. Exact: sequences with a target above a half. */
    async evaluate(_parameters, batch) {
      const means = targets(batch);
      return {
        loss: means.reduce((sum, target) => sum + target, 0),
        wrongBits: batch.mask.reduce((sum, one) => sum + one, 0),
        exact: means.filter((target) => target > 0.5).length,
      };
    },
    predict: () => Promise.reject(new Error("a fake engine predicts nothing")),
    trace: () => Promise.reject(new Error("a fake engine has no trace")),
    dispose() {},
  };
}

/** The mean of each sequence's y under the mask. */
export function targets({ times, sequences, y, mask }: Batch): number[] {
  const output = y.length / (times * sequences);
  return Array.from({ length: sequences }, (_, sequence) => {
    let sum = 0;
    let count = 0;
    for (let time = 0; time < times; time++) {
      const row = time * sequences + sequence;
      if (mask[row] === 0) continue;
      for (let bit = 0; bit < output; bit++) sum += y[row * output + bit]!;
      count += output;
    }
    return sum / count;
  });
}

/** A small model's whole configuration, on the copy task. */
export function smallConfig(settings: Settings = {}): RunConfig & { model: ModelConfig } {
  const config = runConfig(
    {
      model: "dnc",
      controller: { hidden: 3 },
      memory: { slots: 5, width: 2 },
      heads: { reads: 2, writes: 1 },
      task: { name: "copy", bits: 2, length: [1, 3] },
      sequencesPerStep: 6,
      microBatch: 2,
      engine: "fake",
      ...settings,
    },
    copy,
  );
  return { ...config, model: modelOf(config.training, copy) };
}

/** Takes the learner's next steps, as train() does. */
export async function takeSteps(learner: Learner, engine: Engine, steps: number): Promise<StepRecord[]> {
  const { training, parameters } = learner;
  const leaves = microBatchCount(training);
  const adder = plainAdder(parameters.length, leaves);
  const records: StepRecord[] = [];
  while (records.length < steps) {
    const compute = (leaf: number, into: Float32Array) => {
      const batch = makeMicroBatch(copy, training, learner.step + 1, leaf);
      return engine.gradient(parameters, batch, into);
    };
    const sum = await sumNode(adder, { lo: 0, hi: leaves }, { compute });
    records.push(takeStep(learner, sum!));
  }
  return records;
}
