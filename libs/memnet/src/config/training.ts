/**
 * What decides the bits of a result. The same training configuration gives the same parameters, to the bit, on any
 * number of trainers; its hash stands in every message about a run and in every checkpoint.
 */

import * as z from "zod";
import { sha256 } from "../sha256.ts";
import { widthsOf } from "../tasks/check.ts";
import { frozen, type Task, type TaskSettings, taskSetting } from "../tasks/task.ts";
import { canonicalJson } from "./canonical-json.ts";
import { type ModelConfig, modelConfig } from "./model.ts";
import { untilConfig } from "./until.ts";

const count = z.int().min(1);
const rate = z.number().positive();
const fraction = z.number().min(0).lt(1);

const rmsprop = z.strictObject({
  kind: z.literal("rmsprop"),
  learningRate: rate.default(1e-4),
  /** α */
  decay: fraction.default(0.9),
  epsilon: rate.default(1e-10),
});
const adam = z.strictObject({
  kind: z.literal("adam"),
  learningRate: rate.default(1e-3),
  beta1: fraction.default(0.9),
  beta2: fraction.default(0.999),
  epsilon: rate.default(1e-8),
});
export type RmspropConfig = z.infer<typeof rmsprop>;
export type AdamConfig = z.infer<typeof adam>;
export type OptimizerConfig = RmspropConfig | AdamConfig;

const hash = z.string().regex(/^[0-9a-f]{64}$/, "must be a SHA-256, 64 hexadecimal digits");

const shared = {
  controller: z.strictObject({ hidden: count }),
  memory: z.strictObject({ slots: count, width: count }),
  /** A task's name and its settings; `sha256` is of the file where the task is a user's own. */
  task: z.object({ name: z.string(), sha256: hash.optional() }).catchall(taskSetting),
  optimizer: z.discriminatedUnion("kind", [rmsprop, adam]).prefault({ kind: "rmsprop" }),
  /** Clipping: a longer gradient is scaled down to this norm. */
  gradientNormMax: rate.default(50),
  /** Sequences a step, and how many of them are one micro-batch: a leaf of the reduction tree. */
  sequencesPerStep: count.default(16),
  microBatch: count.default(4),
  /** Any whole number that float64 holds. */
  seed: z.int().min(0).default(1),
  /** The engine that the run's numbers come from. */
  engine: z.string(),
  /** What a step does whose loss or gradient is not finite: no update and go on, or end the run. */
  nonFinite: z.enum(["skip", "fail"]).default("skip"),
  /** SHA-256 of the initial parameters where they are not the seed's. */
  initial: hash.nullable().default(null),
  until: untilConfig.nullable().default(null),
};

const heads = { reads: count, writes: count };

export const trainingConfig = z
  .discriminatedUnion("model", [
    z.strictObject({
      model: z.literal("ntm"),
      ...shared,
      heads: z.strictObject({
        ...heads,
        shifts: count.refine((shifts) => shifts % 2 === 1, "shifts must be odd").default(3),
      }),
    }),
    z.strictObject({ model: z.literal("dnc"), ...shared, heads: z.strictObject(heads) }),
  ])
  .superRefine(({ sequencesPerStep, microBatch }, context) => {
    if (sequencesPerStep % microBatch !== 0) {
      context.addIssue({
        code: "custom",
        path: ["microBatch"],
        input: microBatch,
        message: `a micro-batch must divide the step's ${sequencesPerStep} sequences`,
      });
    }
  });
export type TrainingConfig = z.infer<typeof trainingConfig>;

/** The hash in every message and checkpoint. */
export function trainingHash(training: TrainingConfig): string {
  return sha256(canonicalJson(training));
}

/** By the configuration's section: each batch asks for them. */
const settingsOfTasks = new WeakMap<TrainingConfig["task"], TaskSettings>();

/** The task's settings, without its name and hash. They cannot be written into. */
export function taskSettings({ task }: Pick<TrainingConfig, "task">): TaskSettings {
  const known = settingsOfTasks.get(task);
  if (known) return known;
  const { name: _name, sha256: _sha256, ...rest } = task;
  const settings = frozen(rest as TaskSettings);
  settingsOfTasks.set(task, settings);
  return settings;
}

/** The model's dimensions: the memory's as configured, input and output as the task needs them. */
export function modelOf(training: TrainingConfig, task: Task): ModelConfig {
  return modelConfig.parse({
    model: training.model,
    ...widthsOf(task, taskSettings(training)),
    ...training.controller,
    ...training.memory,
    ...training.heads,
  });
}

/** Leaves of a step's reduction tree. */
export function microBatchCount({ sequencesPerStep, microBatch }: TrainingConfig): number {
  return sequencesPerStep / microBatch;
}
