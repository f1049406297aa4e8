/**
 * The settings that decide the bits of a result. The same training configuration gives the same parameters, bit for bit,
 * on any number of trainers. Its hash is in every message about a run.
 */

import * as z from "zod";
import { sha256 } from "../sha256.ts";
import { widthsOf } from "../tasks/check.ts";
import { frozen, type Task, type TaskSettings, taskSetting } from "../tasks/task.ts";
import { canonicalJson } from "./canonical-json.ts";
import { type ModelConfig, modelConfig, shifts } from "./model.ts";
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
  /** A task's name and settings; `sha256` is that of a user's own task file. */
  task: z.object({ name: z.string(), sha256: hash.optional() }).catchall(taskSetting),
  optimizer: z.discriminatedUnion("kind", [rmsprop, adam]).prefault({ kind: "rmsprop" }),
  /** Clipping scales a longer gradient down to this norm. */
  gradientNormMax: rate.default(50),
  /** Sequences of a step, and of a micro-batch, which is a leaf of the reduction tree. */
  sequencesPerStep: count.default(16),
  microBatch: count.default(4),
  /** Any whole number that float64 holds exactly. */
  seed: z.int().min(0).default(1),
  engine: z.string(),
  /** Whether a step whose loss or gradient is not finite makes no update, or ends the run. */
  nonFinite: z.enum(["skip", "fail"]).default("skip"),
  /** SHA-256 of the initial parameters if they do not come from the seed. */
  initial: hash.nullable().default(null),
  until: untilConfig.nullable().default(null),
};

const heads = { reads: count, writes: count };

export const trainingConfig = z
  .discriminatedUnion("model", [
    z.strictObject({ model: z.literal("ntm"), ...shared, heads: z.strictObject({ ...heads, shifts }) }),
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

export function trainingHash(training: TrainingConfig): string {
  return sha256(canonicalJson(training));
}

/** A cache by the configuration's section, since each batch needs its settings. */
const settingsOfTasks = new WeakMap<TrainingConfig["task"], TaskSettings>();

/** The task's settings, frozen, without its name and hash. */
export function taskSettings({ task }: Pick<TrainingConfig, "task">): TaskSettings {
  let settings = settingsOfTasks.get(task);
  if (!settings) {
    const { name: _name, sha256: _sha256, ...rest } = task;
    settings = frozen(rest as TaskSettings);
    settingsOfTasks.set(task, settings);
  }
  return settings;
}

/** The model's dimensions; input and output are those of the task. */
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
