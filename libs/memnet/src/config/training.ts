/**
 * The settings that decide the bits of a result. The same training configuration gives the same parameters, bit for bit,
 * on any number of trainers. Its hash is in every message about a run.
 */

import * as z from "zod";
import { sha256 } from "../sha256.ts";
import { widthsOf } from "../tasks/check.ts";
import { frozen, type Task, type TaskSettings, taskSetting } from "../tasks/task.ts";
import { canonicalJson, isRecord } from "./canonical-json.ts";
import { curriculumConfig } from "./curriculum.ts";
import { type ModelConfig, modelConfig, shifts } from "./model.ts";
import { isConstant, scheduleConfig } from "./schedule.ts";
import { untilConfig } from "./until.ts";

const count = z.int().min(1);
const rate = z.number().positive();
const fraction = z.number().min(0).lt(1);
const flag = z.boolean().default(false);
const bound = z.number().min(0);

const rmsprop = z.strictObject({
  kind: z.literal("rmsprop"),
  learningRate: rate.default(1e-4),
  /** α */
  decay: fraction.default(0.9),
  epsilon: rate.default(1e-10),
  /** μ */
  momentum: fraction.default(0),
  schedule: scheduleConfig,
});
const adam = z.strictObject({
  kind: z.literal("adam"),
  learningRate: rate.default(1e-3),
  beta1: fraction.default(0.9),
  beta2: fraction.default(0.999),
  epsilon: rate.default(1e-8),
  schedule: scheduleConfig,
});
export const optimizerConfig = z.discriminatedUnion("kind", [rmsprop, adam]);
export type RmspropConfig = z.infer<typeof rmsprop>;
export type AdamConfig = z.infer<typeof adam>;
export type OptimizerConfig = RmspropConfig | AdamConfig;

const hash = z.string().regex(/^[0-9a-f]{64}$/, "must be a SHA-256, 64 hexadecimal digits");

const shared = {
  /** A task's name and settings; `sha256` is that of a user's own task file. */
  task: z.object({ name: z.string(), sha256: hash.optional() }).catchall(taskSetting),
  optimizer: optimizerConfig.prefault({ kind: "rmsprop" }),
  /** How a step's gradient is clipped: scaled down to `norm`, then each element to −value … value. 0 for neither. */
  clip: z.strictObject({ norm: bound.default(50), value: bound.default(0) }).prefault({}),
  /** Other settings of the task from some steps on, in training alone. */
  curriculum: curriculumConfig,
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

const controller = z.strictObject({ kind: z.enum(["lstm", "feedforward"]).default("lstm"), hidden: count });
const memory = { slots: count, width: count };
const heads = { reads: count, writes: count };

export const settingsOfTraining = z
  .discriminatedUnion("model", [
    z.strictObject({
      model: z.literal("ntm"),
      ...shared,
      controller,
      memory: z.strictObject(memory),
      heads: z.strictObject({ ...heads, shifts }),
    }),
    z.strictObject({
      model: z.literal("dnc"),
      ...shared,
      controller,
      memory: z.strictObject({ ...memory, masked: flag, deallocate: flag, sharpen: flag }),
      heads: z.strictObject(heads),
    }),
    z.strictObject({
      model: z.literal("lstm"),
      ...shared,
      controller: controller.extend({ kind: z.literal("lstm").default("lstm") }),
    }),
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
export type TrainingConfig = z.infer<typeof settingsOfTraining>;

export const trainingKeys: ReadonlySet<string> = new Set(
  settingsOfTraining.options.flatMap((option) => Object.keys(option.shape)),
);

/** Reads a configuration of any age. */
export const trainingConfig: z.ZodType<TrainingConfig> = z.preprocess(
  (written) => (isRecord(written) ? renamed(written) : written),
  settingsOfTraining,
);

/** The settings under the names they have today: `clip.norm` was `gradientNormMax`. */
export function renamed(written: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (!("gradientNormMax" in written)) return written;
  const { gradientNormMax: norm, clip = {}, ...rest } = written;
  return { ...rest, clip: isRecord(clip) ? { norm, ...clip } : clip };
}

/**
 * The configuration as it is hashed, sent and written to files. Settings that older versions lack are left out if they
 * change nothing, so that a configuration keeps its hash and its checkpoints keep their bytes.
 */
export function writtenTraining(training: TrainingConfig): Readonly<Record<string, unknown>> {
  const { clip, controller, curriculum, optimizer, ...rest } = training;
  const { schedule, momentum, ...kept } = { momentum: 0, ...optimizer };
  return {
    ...rest,
    controller: { hidden: controller.hidden, ...(controller.kind !== "lstm" && { kind: controller.kind }) },
    ...("memory" in rest && { memory: withoutFalse(rest.memory) }),
    optimizer: { ...kept, ...(momentum > 0 && { momentum }), ...(!isConstant(schedule) && { schedule }) },
    gradientNormMax: clip.norm,
    ...(clip.value > 0 && { clip: { value: clip.value } }),
    ...(curriculum.length > 0 && { curriculum }),
  };
}

function withoutFalse(section: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(section).filter(([, value]) => value !== false));
}

export function trainingHash(training: TrainingConfig): string {
  return sha256(canonicalJson(writtenTraining(training)));
}

/** A cache by the configuration's section, since each batch needs its settings. */
const settingsOfTasks = new WeakMap<object, TaskSettings>();

/** The task's settings, frozen, without its name and hash. */
export function taskSettings({ task }: Pick<TrainingConfig, "task">): TaskSettings {
  return remembered(task, () => {
    const { name: _name, sha256: _sha256, ...rest } = task;
    return rest as TaskSettings;
  });
}

/**
 * The task's settings in a training step: its own, under those of the curriculum's last stage that has begun.
 *
 * @param step counts from 1
 */
export function taskSettingsAt(
  training: Pick<TrainingConfig, "task" | "curriculum">,
  step: number,
): TaskSettings {
  const stage = training.curriculum.findLast(({ from }) => from <= step);
  if (!stage) return taskSettings(training);
  return remembered(stage, () => ({ ...taskSettings(training), ...stage.task }));
}

/** The task's settings in each stage of training; validation uses the first. */
export function stagesOf(training: Pick<TrainingConfig, "task" | "curriculum">): TaskSettings[] {
  return [taskSettings(training), ...training.curriculum.map(({ from }) => taskSettingsAt(training, from))];
}

function remembered(section: object, settings: () => TaskSettings): TaskSettings {
  const known = settingsOfTasks.get(section);
  if (known) return known;
  const made = frozen(settings());
  settingsOfTasks.set(section, made);
  return made;
}

/** The model's dimensions; input and output are those of the task. */
export function modelOf(training: TrainingConfig, task: Task): ModelConfig {
  const { hidden, kind } = training.controller;
  return modelConfig.parse({
    model: training.model,
    ...widthsOf(task, taskSettings(training)),
    hidden,
    ...(kind === "feedforward" && { controller: kind }),
    ...("memory" in training && { ...withoutFalse(training.memory), ...training.heads }),
  });
}

/** Leaves of a step's reduction tree. */
export function microBatchCount({ sequencesPerStep, microBatch }: TrainingConfig): number {
  return sequencesPerStep / microBatch;
}
