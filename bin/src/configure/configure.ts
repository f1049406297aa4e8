/**
 * Turns the given flags and files into a complete, checked configuration. Reports every mistake before anything starts.
 */

import { startAnotherRun } from "@memnet/evaluator/other-run";
import { UsageError } from "@memnet/terminal";
import {
  canonicalJson,
  chooseEngine,
  differingPaths,
  type EngineChoice,
  engineNames,
  type ModelConfig,
  merged,
  modelOf,
  parametersHash,
  parseCondition,
  preset,
  presetDefault,
  type RunConfig,
  runConfig,
  type Settings,
  settingsOf,
  type Task,
  trainingConfig,
  valueAt,
} from "memnet";
import { programTyped } from "../shell.ts";
import { type Overlay, overlaid, type Written } from "./flags.ts";
import { loadTask, taskOfRun, taskOfSettings } from "./task.ts";

/** A run that exists already. */
export interface Existing {
  readonly runsDir: string;
  readonly run: string;
  /** The contents of its config.json. */
  readonly json: unknown;
}

export interface Configured {
  readonly config: RunConfig;
  readonly task: Task;
  readonly model: ModelConfig;
  readonly engine: EngineChoice;
  /** The initial parameters, if they are not drawn from the seed. */
  readonly initial: Float32Array | null;
}

export interface ConfigureOptions {
  /** The run to resume; null for a new one. */
  readonly existing?: Existing | null;
  /** Reads the parameters that `--from` or `--init` names, and checks them against the model's shapes. */
  readonly readInitial: (written: Written, model: ModelConfig) => Float32Array | null;
  /** True for a coordinator, which computes nothing: the engine and the initial parameters may be on other machines. */
  readonly elsewhere?: boolean;
  /** How the user starts memnet, for commands in messages. */
  readonly program?: string;
}

/** @throws UsageError or RangeError with a one-line message */
export async function configure(written: Written, options: ConfigureOptions): Promise<Configured> {
  const { existing = null, elsewhere = false, program = programTyped() } = options;
  const below = existing ? settingsOf(existing.json) : preset(written.preset ?? presetDefault);
  const settings = withUntil(await laidOver(below, written, existing !== null), written);
  const engine = engineWanted(settings, written, existing !== null);
  const task = await taskOfSettings(settings);
  const { training, operation } = runConfig({ ...settings, engine }, task);
  await taskOfRun(training, operation.taskFile);
  const model = modelOf(training, task);
  const initial = options.readInitial(written, model);
  const initialHash = initial ? parametersHash(initial) : training.initial;
  if (training.initial !== null && !initial && !existing && !elsewhere) {
    throw new UsageError(
      `The initial parameters of this configuration come from a file, SHA-256 ${training.initial}: name it with --init`,
    );
  }
  const whole = { ...settings, initial: initialHash };
  if (existing) refuseOther(existing, runConfig({ ...whole, engine }, task), program);
  const choice = await engineThatWorks(engine, model, elsewhere);
  return { config: runConfig({ ...whole, engine: choice.name }, task), task, model, engine: choice, initial };
}

async function laidOver(below: Settings, written: Written, resumes: boolean): Promise<Settings> {
  let settings = below;
  if (resumes && written.preset !== null) settings = merged(settings, preset(written.preset));
  if (written.file) settings = merged(settings, settingsOf(written.file.json));
  for (const overlay of written.overlays) settings = await withOverlay(settings, overlay);
  return settings;
}

async function withOverlay(settings: Settings, overlay: Overlay): Promise<Settings> {
  if (overlay.kind !== "task") return overlaid(settings, overlay);
  return merged(settings, (await loadTask(overlay.nameOrFile)).settings);
}

/** Copies the run's evaluation settings into `until`, which has its own: a flag that sets one sets both. */
function withUntil(settings: Settings, written: Written): Settings {
  const condition = written.until === null ? settings.until : parseCondition(written.until);
  if (condition === null || condition === undefined) return settings;
  const before = (settings.until ?? {}) as { every?: number; batches?: number };
  const own = (name: string) => (isWritten(written, name) ? settings[name] : undefined);
  return {
    ...settings,
    until: {
      ...(condition as object),
      every: own("evaluateEvery") ?? before.every ?? settings.evaluateEvery ?? 500,
      batches: own("evaluationBatches") ?? before.batches ?? settings.evaluationBatches ?? 50,
    },
  };
}

/** Reports whether the command line itself sets a setting. */
export function isWritten(written: Written, setting: string): boolean {
  return written.overlays.some(
    (overlay) =>
      (overlay.kind === "settings" && setting in overlay.settings) ||
      (overlay.kind === "assignment" && overlay.text.startsWith(`${setting}=`)),
  );
}

/** Resolves the engine's name. `auto` is resolved only when a run is made; a resumed run keeps its engine. */
function engineWanted(settings: Settings, written: Written, resumes: boolean): string {
  if (written.engine !== null && !(resumes && written.engine === "auto")) return written.engine;
  return typeof settings.engine === "string" ? settings.engine : "auto";
}

const choices = new Map<string, EngineChoice>();

async function engineThatWorks(
  wanted: string,
  model: ModelConfig,
  elsewhere: boolean,
): Promise<EngineChoice> {
  const name = engineNames.find((one) => one === wanted);
  if (elsewhere && name) return { name, refused: [] };
  // Trying engines is slow, and the runs of one command have few models.
  const key = canonicalJson({ wanted, model });
  const chosen = choices.get(key);
  if (chosen) return chosen;
  try {
    const choice = await chooseEngine(wanted, model);
    choices.set(key, choice);
    return choice;
  } catch (error) {
    if (error instanceof RangeError) throw error;
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** @throws UsageError naming each setting that differs, and the command that trains with the new settings */
function refuseOther({ runsDir, run, json }: Existing, config: RunConfig, program: string): void {
  const fixed = trainingConfig.parse((json as { training: unknown }).training);
  const differing = differingPaths(fixed, config.training);
  if (differing.length === 0) return;
  const each = differing.map(
    (name) => `${name} is ${text(valueAt(fixed, name))}, got ${text(valueAt(config.training, name))}`,
  );
  const instead = startAnotherRun(runsDir, run, fixed, config.training, program);
  throw new UsageError(
    `Cannot resume run ${run}: its training configuration is fixed, and ${each.join("; ")}. To train with the new ` +
      `settings, ${instead}`,
  );
}

function text(value: unknown): string {
  return value === undefined ? "not set" : JSON.stringify(value);
}
