/** Turns settings as written (a preset, a file, `--set` options) into a whole, checked configuration. */

import type { z } from "zod";
import { parameterCount } from "../parameters.ts";
import { widthsOf } from "../tasks/check.ts";
import type { Task, TaskSettings } from "../tasks/task.ts";
import { unknownName } from "../unknown-name.ts";
import { differingPaths, isRecord, valueAt } from "./canonical-json.ts";
import { settingPaths } from "./json-schema.ts";
import { type OperationConfig, operationConfig } from "./operation.ts";
import { problemText, shown } from "./problem.ts";
import {
  microBatchCount,
  modelOf,
  renamed,
  type TrainingConfig,
  taskSettings,
  taskSettingsAt,
  trainingConfig,
  trainingKeys,
} from "./training.ts";

/** Settings as written: those of training and of operation side by side; any of them may be missing. */
export type Settings = Readonly<Record<string, unknown>>;

/** A whole configuration, with defaults. */
export interface RunConfig {
  /** What decides the bits. */
  readonly training: TrainingConfig;
  /** What does not, such as the number of steps. */
  readonly operation: OperationConfig;
}

const operationKeys = new Set(Object.keys(operationConfig.shape));
const sections = new Set(["task", "controller", "memory", "heads", "optimizer", "clip", "until"]);

/**
 * The whole configuration, with defaults.
 *
 * @param task the task that `settings.task.name` names
 * @throws RangeError with path, rule and value of each setting that cannot work; TaskError if the task's widths cannot
 */
export function runConfig(settings: Settings, task: Task): RunConfig {
  const entries = Object.entries(renamed(settings));
  const unknown = entries.find(([key]) => !operationKeys.has(key) && !trainingKeys.has(key));
  if (unknown) throw unknownSetting(unknown[0]);
  const operation = Object.fromEntries(entries.filter(([key]) => operationKeys.has(key)));
  const training = Object.fromEntries(entries.filter(([key]) => trainingKeys.has(key)));
  const written = training.task ?? {};
  if (!isRecord(written)) {
    throw new RangeError(`Cannot use task: it must hold a task's settings, got ${shown(written)}`);
  }
  const { name: _name, sha256: _sha256, ...changed } = written;
  checkNames(task, "task", changed);
  training.task = { ...task.settings, ...written, name: task.name };
  // The numbers of the default optimizer can be set without its name.
  if (isRecord(training.optimizer)) training.optimizer = { kind: "rmsprop", ...training.optimizer };
  const checked = {
    training: check(trainingConfig, training),
    operation: check(operationConfig, operation),
  };
  checkKinds(task, "task", checked.training.task as unknown as TaskSettings);
  checkCurriculum(checked.training, task);
  checkSizes(checked.training, task);
  const { until } = checked.training;
  if (!until) return checked;
  // The condition decides when the run evaluates.
  const evaluations = { evaluateEvery: until.every, evaluationBatches: until.batches };
  return { ...checked, operation: { ...checked.operation, ...evaluations } };
}

/** A range may be narrowed to one number, but a number cannot become a range. */
function checkKinds(task: Task, path: string, settings: TaskSettings): void {
  for (const [name, wanted] of Object.entries(task.settings)) {
    if (typeof wanted === "number" && Array.isArray(settings[name])) {
      throw new RangeError(
        `Cannot use ${path}.${name}: it must be one number, got ${JSON.stringify(settings[name])}`,
      );
    }
  }
}

/** A stage may change the task's sizes, not the widths of its vectors. */
function checkCurriculum(training: TrainingConfig, task: Task): void {
  const own = widthsOf(task, taskSettings(training));
  for (const [index, { from, task: changed }] of training.curriculum.entries()) {
    const path = `curriculum.${index}.task`;
    checkNames(task, path, changed);
    checkKinds(task, path, changed);
    const { input, output } = widthsOf(task, taskSettingsAt(training, from));
    if (input === own.input && output === own.output) continue;
    throw new RangeError(
      `Cannot use ${path}: its inputs and outputs must have the task's widths, ${own.input} and ${own.output}, ` +
        `got ${input} and ${output}`,
    );
  }
}

function checkNames(task: Task, path: string, settings: Settings): void {
  for (const name of Object.keys(settings)) {
    if (Object.hasOwn(task.settings, name)) continue;
    const known = Object.keys(task.settings);
    const rule = `task ${task.name} has ${known.join(", ")}`;
    throw new RangeError(unknownName(`setting ${path}.${name}`, name, known, rule));
  }
}

/** A checkpoint is sent as one blob, and WebAssembly addresses one tensor with 31 bits. */
const bytesMax = 2 ** 31 - 1;
/** A single trainer sends the hash of every micro-batch in one header; these take half of it. */
const microBatchesMax = 2048;

/**
 * Refuses sizes with which every trainer would fail.
 *
 * @throws RangeError naming the settings
 */
export function checkSizes(training: TrainingConfig, task: Task): void {
  const model = modelOf(training, task);
  const { microBatch } = training;
  const { slots, width, writes } = model;
  const links = model.model === "dnc" ? microBatch * writes * slots * slots * 4 : 0;
  for (const [settings, what, bytes] of [
    // Parameters and at most two averages of each, in float32.
    ["controller, memory and heads", "a checkpoint", parameterCount(model) * 12],
    ["memory", "a micro-batch's memories", microBatch * slots * width * 4],
    ["memory.slots", "a micro-batch's link matrices", links],
  ] as const) {
    if (bytes <= bytesMax) continue;
    throw new RangeError(`Cannot use ${settings}: ${what} must take at most ${bytesMax} bytes, got ${bytes}`);
  }
  const microBatches = microBatchCount(training);
  if (microBatches > microBatchesMax) {
    throw new RangeError(
      `Cannot use sequencesPerStep: a step must have at most ${microBatchesMax} micro-batches, got ${microBatches}`,
    );
  }
}

/** @param assignment `memory.slots=64`, `task.length=1..20`, `nonFinite=fail` */
export function withSetting(settings: Settings, assignment: string): Settings {
  const at = assignment.indexOf("=");
  if (at < 1) {
    throw new RangeError(
      `Cannot set ${JSON.stringify(assignment)}: it must be PATH=VALUE, as in memory.slots=64`,
    );
  }
  const path = assignment.slice(0, at);
  const value = parsedValue(assignment.slice(at + 1));
  const nested = path.split(".").reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
  const above = renamed(nested as Settings);
  const [first] = Object.keys(above);
  if (!first || (!operationKeys.has(first) && !trainingKeys.has(first))) throw unknownSetting(path);
  return merged(settings, above);
}

/**
 * The arguments of `--set` that turn one configuration into another, such as `["task.length=1..20", "seed=2"]`. A setting
 * that only `from` has is left out, since `--set` cannot remove one.
 */
export function assignmentsBetween(from: TrainingConfig, to: TrainingConfig): string[] {
  const paths = differingPaths(from, to);
  // Kinds first, since setting one drops other settings.
  const kinds = new Set(["model", ...[...kindKeys].map(([section, key]) => `${section}.${key}`)]);
  const isKind = (path: string) => kinds.has(path);
  return [...paths.filter(isKind), ...paths.filter((path) => !isKind(path))].flatMap((path) => {
    const value = valueAt(to, path);
    return value === undefined ? [] : [`${path}=${assigned(value)}`];
  });
}

/** The inverse of `parsedValue`. */
function assigned(value: unknown): string {
  if (typeof value === "string") return value;
  const isRange = Array.isArray(value) && value.length === 2 && value.every(Number.isInteger);
  return isRange ? value.join("..") : JSON.stringify(value);
}

/**
 * Overrides settings, section by section. A section that changes its kind loses its other settings, another task takes
 * the curriculum with it, and a network that becomes an LSTM loses its memory and heads.
 */
export function merged(below: Settings, above: Settings): Settings {
  const result: Record<string, unknown> = { ...below };
  if (above.model === "lstm" && below.model !== "lstm") {
    delete result.memory;
    delete result.heads;
  }
  if (isRecord(below.task) && isRecord(above.task) && changesKind("task", below.task, above.task)) {
    delete result.curriculum;
  }
  for (const [key, value] of Object.entries(above)) {
    const under = result[key];
    const isBoth = sections.has(key) && isRecord(under) && isRecord(value);
    result[key] = isBoth && !changesKind(key, under, value) ? laidOver(under, value) : value;
  }
  return result;
}

function laidOver(under: Record<string, unknown>, value: Record<string, unknown>): Record<string, unknown> {
  const laid = Object.entries(value).map(([key, inner]) => {
    const below = Object.hasOwn(under, key) ? under[key] : undefined;
    return [key, isRecord(below) && isRecord(inner) ? laidOver(below, inner) : inner] as const;
  });
  return Object.fromEntries([...Object.entries(under), ...laid]);
}

/** The settings of a configuration file: one written for `--config`, or a run's config.json. */
export function settingsOf(json: unknown): Settings {
  if (!isRecord(json)) throw new RangeError("Cannot use the configuration file: it must hold a JSON object");
  if (!isRecord(json.training)) return renamed(json);
  return { ...renamed(json.training), ...(isRecord(json.operation) ? json.operation : {}) };
}

/** For each section whose other settings depend on one of them, that one. */
const kindKeys: ReadonlyMap<string, string> = new Map([
  ["task", "name"],
  ["optimizer", "kind"],
]);

function changesKind(
  section: string,
  under: Record<string, unknown>,
  value: Record<string, unknown>,
): boolean {
  const key = kindKeys.get(section) ?? "";
  return value[key] !== undefined && under[key] !== undefined && value[key] !== under[key];
}

/** A number, a range 1..20, JSON, else the text itself. */
function parsedValue(text: string): unknown {
  const range = /^(\d+)\.\.(\d+)$/.exec(text);
  if (range) return [Number(range[1]), Number(range[2])];
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function check<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  throw new RangeError(`Cannot use this configuration: ${result.error.issues.map(problemText).join("; ")}`);
}

const names = [...new Set([...trainingKeys, ...operationKeys])].sort();

function unknownSetting(path: string): RangeError {
  const known = path.includes(".") ? settingPaths() : names;
  return new RangeError(
    unknownName(`setting ${path}`, path, known, `it must start with one of ${names.join(", ")}`),
  );
}
