/** What a run without faults gives, step by step: the only outcome that any other may have. */

import { hashOf } from "@memnet/protocol";
import { encodeCheckpoint, initialParameters, newLearner, parametersHash, type RunConfig } from "memnet";
import { fakeEngine, smallConfig, takeSteps } from "../../libs/memnet/src/testing/fake-engine.ts";

/** Five micro-batches of one sequence: a tree that is not even. */
export const configuration: RunConfig = smallConfig({
  sequencesPerStep: 5,
  microBatch: 1,
  steps: 12,
  checkpointEvery: 2,
  evaluateEvery: 4,
  evaluationBatches: 1,
  beyondEvery: 2,
  checkpointsKept: 2,
});

export interface ReferenceStep {
  /** Of the parameters after so many steps. */
  readonly parameters: string;
  /** Of the checkpoint's file. */
  readonly file: string;
  /** As metrics.jsonl has it. */
  readonly loss: number | null;
}

/** By step, from 0. */
export async function referenceSteps(config: RunConfig): Promise<ReferenceStep[]> {
  const { model } = smallConfig();
  const learner = newLearner(config.training, model, initialParameters(model, config.training.seed));
  const engine = fakeEngine(model);
  const step = (loss: number | null): ReferenceStep => ({
    parameters: parametersHash(learner.parameters),
    file: hashOf(encodeCheckpoint(learner)),
    loss,
  });
  const steps = [step(null)];
  while (learner.step < config.operation.steps) {
    const [record] = await takeSteps(learner, engine, 1);
    steps.push(step(record!.loss));
  }
  return steps;
}
