/** The simulated runs, with each one's result without faults, which is the only result allowed with faults. */

import { hashOf } from "@memnet/protocol";
import {
  encodeCheckpoint,
  initialParameters,
  type Learner,
  type Measured,
  measure,
  newLearner,
  parametersHash,
  type RunConfig,
  type Settings,
  satisfies,
  validationSplit,
} from "memnet";
import { copy } from "../../libs/memnet/src/tasks/copy.ts";
import { smallConfig, takeSteps } from "../../libs/memnet/src/testing/fake-engine.ts";
import { standIn } from "./engine.ts";

export interface Scenario {
  readonly name: string;
  readonly config: RunConfig;
  /** By step, from 0. */
  readonly steps: readonly ScenarioStep[];
  /** The step at which the run ends. */
  readonly lastStep: number;
}

export interface ScenarioStep {
  /** The SHA-256 of the parameters after this step. */
  readonly parametersHash: string;
  /** The SHA-256 of the checkpoint's file. */
  readonly file: string;
  /** The loss in metrics.jsonl. */
  readonly loss: number | null;
  /** The figures on the validation stream, if the step is evaluated. */
  readonly figures: Measured | undefined;
}

/**
 * Trees of 5, 3 and 7 micro-batches; a last step that no interval falls on; `--until` satisfied by an earlier step. Sizes
 * beyond training, which take 40 batches, are measured by two of them.
 */
const shapes: readonly {
  readonly name: string;
  readonly settings: Settings;
  readonly untilEvery?: number;
}[] = [
  {
    name: "5 micro-batches",
    settings: {
      sequencesPerStep: 5,
      microBatch: 1,
      steps: 12,
      checkpointEvery: 2,
      evaluateEvery: 4,
      beyondEvery: 2,
    },
  },
  {
    name: "3 micro-batches of 2",
    settings: { sequencesPerStep: 6, microBatch: 2, steps: 10, checkpointEvery: 3, evaluateEvery: 4 },
  },
  {
    name: "7 micro-batches, every step kept",
    settings: {
      sequencesPerStep: 7,
      microBatch: 1,
      steps: 8,
      checkpointEvery: 1,
      evaluateEvery: 3,
      beyondEvery: 2,
    },
  },
  {
    name: "momentum, clipping, a schedule and a curriculum",
    settings: {
      ...{ sequencesPerStep: 6, microBatch: 2, steps: 10, checkpointEvery: 3, evaluateEvery: 5 },
      optimizer: { momentum: 0.5, schedule: { warmup: 2, decay: "cosine", over: 8 } },
      clip: { norm: 1, value: 0.1 },
      curriculum: [
        { from: 2, task: { length: [1, 1] } },
        { from: 7, task: { length: [2, 4] } },
      ],
    },
  },
  {
    name: "until the second evaluation",
    settings: { sequencesPerStep: 6, microBatch: 1, steps: 18, checkpointEvery: 2 },
    untilEvery: 3,
  },
];

let known: Promise<readonly Scenario[]> | undefined;

/** Computed once per process. */
export function scenarios(): Promise<readonly Scenario[]> {
  known ??= Promise.all(
    shapes.map(async ({ name, settings, untilEvery }) => {
      const plain = { evaluationBatches: 1, beyondEvery: 1000, checkpointsKept: 2, ...settings };
      if (untilEvery === undefined) return scenario(name, smallConfig(plain));
      const until = { figure: "loss", comparison: "<", every: untilEvery, batches: 1 };
      const ever = await scenario(name, smallConfig({ ...plain, until: { ...until, value: 0 } }));
      const [first, second] = [untilEvery, 2 * untilEvery].map((step) => ever.steps[step]!.figures!.loss);
      return scenario(name, smallConfig({ ...plain, until: { ...until, value: (first! + second!) / 2 } }));
    }),
  );
  return known;
}

async function scenario(name: string, config: RunConfig): Promise<Scenario> {
  const { training, operation } = config;
  const { model } = smallConfig();
  const learner = newLearner(training, model, initialParameters(model, training.seed));
  const engine = standIn(model);
  const isDue = ({ step }: Learner) =>
    step > 0 && (step % operation.evaluateEvery === 0 || step === operation.steps);
  const at = async (loss: number | null): Promise<ScenarioStep> => ({
    parametersHash: parametersHash(learner.parameters),
    file: hashOf(encodeCheckpoint(learner)),
    loss,
    figures: isDue(learner)
      ? await measure(engine, learner.parameters, {
          task: copy,
          split: validationSplit(training),
          seed: training.seed,
          batches: operation.evaluationBatches,
        })
      : undefined,
  });
  const steps = [await at(null)];
  while (learner.step < operation.steps) {
    const [record] = await takeSteps(learner, engine, 1);
    steps.push(await at(record!.loss));
  }
  const { until } = training;
  const satisfied = steps.findIndex(({ figures }) => until && figures && satisfies(until, figures));
  return { name, config, steps, lastStep: satisfied < 0 ? operation.steps : satisfied };
}
