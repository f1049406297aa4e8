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
import type { TrainingConfig } from "./written.ts";

export type { TrainingConfig } from "./written.ts";

const count = z.int().min(1);
const rate = z.number().positive();
const fraction = z.number().min(0).lt(1);
const flag = z.boolean().default(false);
const bound = z.number().min(0);

const rmsprop = z.strictObject({
  kind: z.literal("rmsprop").describe("RMSprop, docs/model.md §13.1."),
  learningRate: rate.default(1e-4).describe("The learning rate."),
  decay: fraction.default(0.9).describe("Decay of the average of squared gradients, α."),
  epsilon: rate.default(1e-10).describe("Added to the divisor of an update, ε."),
  momentum: fraction.default(0).describe("The share of the last update that the next one keeps, μ."),
  schedule: scheduleConfig,
});
const adam = z.strictObject({
  kind: z.literal("adam").describe("Adam, docs/model.md §13.2."),
  learningRate: rate.default(1e-3).describe("The learning rate."),
  beta1: fraction.default(0.9).describe("Decay of the average of gradients, β₁."),
  beta2: fraction.default(0.999).describe("Decay of the average of squared gradients, β₂."),
  epsilon: rate.default(1e-8).describe("Added to the divisor of an update, ε."),
  schedule: scheduleConfig,
});
export const optimizerConfig = z.discriminatedUnion("kind", [rmsprop, adam]);
export type OptimizerConfig = TrainingConfig["optimizer"];
export type RmspropConfig = Extract<OptimizerConfig, { kind: "rmsprop" }>;
export type AdamConfig = Extract<OptimizerConfig, { kind: "adam" }>;

const hash = z.string().regex(/^[0-9a-f]{64}$/, "must be a SHA-256, 64 hexadecimal digits");

const shared = {
  task: z
    .object({
      name: z.string().describe("The task's name."),
      sha256: hash.optional().describe("SHA-256 of a task file of your own. `--task` sets it."),
    })
    .catchall(taskSetting)
    .describe(
      "The task's name and its settings: whole numbers, or ranges [lo, hi] that each sequence draws from.",
    ),
  optimizer: optimizerConfig.prefault({ kind: "rmsprop" }).describe("The optimizer; RMSprop by default."),
  clip: z
    .strictObject({
      norm: bound.default(50).describe("The gradient is scaled down to this norm; 0 for no limit."),
      value: bound.default(0).describe("Then each element is clipped to −value … value; 0 for no limit."),
    })
    .prefault({})
    .describe("How a step's gradient is clipped, docs/model.md §12."),
  curriculum: curriculumConfig,
  sequencesPerStep: count.default(16).describe("Sequences in one update."),
  microBatch: count
    .default(4)
    .describe(
      "Sequences that one trainer takes at a time, a leaf of the reduction tree; divides those of a step.",
    ),
  seed: z.int().min(0).default(1).describe("Seed of initial parameters and data, up to 2⁵³ − 1."),
  engine: z.string().describe("The engine's name; `auto` takes the fastest that works here."),
  nonFinite: z
    .enum(["skip", "fail"])
    .default("skip")
    .describe("Whether a step whose loss or gradient is not finite makes no update, or ends the run."),
  initial: hash
    .nullable()
    .default(null)
    .describe(
      "SHA-256 of the initial parameters if they do not come from the seed. `--from` and `--init` set it.",
    ),
  until: untilConfig
    .nullable()
    .default(null)
    .describe("A condition on a validation figure that ends the run at the step that was measured."),
};

const controller = z.strictObject({
  kind: z
    .enum(["lstm", "feedforward"])
    .default("lstm")
    .describe("The controller's kind, docs/model.md §3.3 and §3.4."),
  hidden: count.describe("Hidden units, H."),
});
const memory = { slots: count.describe("Memory slots, N."), width: count.describe("Width of a slot, W.") };
const heads = { reads: count.describe("Read heads, R."), writes: count.describe("Write heads, K.") };
const sections = {
  controller: "The controller.",
  memory: "The memory; an LSTM has none.",
  heads: "The heads; an LSTM has none.",
};
const kindOfModel = "The kind of network: NTM, DNC or an LSTM alone.";

export const settingsOfTraining = z
  .discriminatedUnion("model", [
    z.strictObject({
      model: z.literal("ntm").describe(kindOfModel),
      ...shared,
      controller: controller.describe(sections.controller),
      memory: z.strictObject(memory).describe(sections.memory),
      heads: z.strictObject({ ...heads, shifts }).describe(sections.heads),
    }),
    z.strictObject({
      model: z.literal("dnc").describe(kindOfModel),
      ...shared,
      controller: controller.describe(sections.controller),
      memory: z
        .strictObject({
          ...memory,
          masked: flag.describe("A DNC's heads compare keys through masks, docs/model.md §6.8."),
          deallocate: flag.describe("A slot that a DNC's free gates free is erased too, docs/model.md §6.9."),
          sharpen: flag.describe("A DNC's read heads sharpen the ways along the links, docs/model.md §6.10."),
        })
        .describe(sections.memory),
      heads: z.strictObject(heads).describe(sections.heads),
    }),
    z.strictObject({
      model: z.literal("lstm").describe(kindOfModel),
      ...shared,
      controller: controller
        .extend({ kind: z.literal("lstm").default("lstm").describe("An LSTM, docs/model.md §3.3.") })
        .describe(sections.controller),
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
