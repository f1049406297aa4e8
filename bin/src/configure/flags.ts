/** The flags that configure a run, and the setting that each one changes, in the order given. */

import { readFileSync } from "node:fs";
import { listGpus } from "@memnet/service/gpus";
import { systemReason, UsageError } from "@memnet/terminal";
import { type Command, Option } from "commander";
import { merged, presetDefault, presets, type Settings, settingsProperties, withSetting } from "memnet";

/** One flag. Flags are applied in order, so that the last one wins. */
export type Overlay =
  | { readonly kind: "settings"; readonly settings: Settings }
  | { readonly kind: "assignment"; readonly text: string }
  /** A task's name, or a file; the file has to be read before the task's name and hash are known. */
  | { readonly kind: "task"; readonly nameOrFile: string };

/** All that a command line says about a run's configuration. */
export interface Written {
  readonly preset: string | null;
  /** The contents of `--config`. */
  readonly file: { readonly path: string; readonly json: unknown } | null;
  readonly overlays: readonly Overlay[];
  /** `auto` or a name; null if the command line names no engine. */
  readonly engine: string | null;
  readonly until: string | null;
  readonly from: string | null;
  readonly init: string | null;
}

interface NumberFlag {
  readonly flag: string;
  readonly setting: string;
  readonly env: string;
  /** What its description does not say. */
  readonly more?: string;
  /** Only makes sense for a command that starts the processes. */
  readonly launcherOnly?: boolean;
  /** The value that the word `auto` stands for. */
  readonly auto?: () => number;
}

const numberFlags: readonly NumberFlag[] = [
  {
    flag: "--steps",
    setting: "steps",
    env: "MEMNET_STEPS",
  },
  {
    flag: "--seed",
    setting: "seed",
    env: "MEMNET_SEED",
  },
  {
    flag: "--trainers",
    setting: "trainers",
    env: "",
    more: "auto: one for each GPU",
    launcherOnly: true,
    auto: () => Math.max(1, listGpus().length),
  },
  {
    flag: "--data-envs",
    setting: "dataEnvs",
    env: "",
    launcherOnly: true,
  },
  {
    flag: "--audit",
    setting: "audit",
    env: "MEMNET_AUDIT",
  },
  {
    flag: "--sequences-per-step",
    setting: "sequencesPerStep",
    env: "MEMNET_SEQUENCES_PER_STEP",
  },
  {
    flag: "--micro-batch",
    setting: "microBatch",
    env: "MEMNET_MICRO_BATCH",
  },
  {
    flag: "--eval-every",
    setting: "evaluateEvery",
    env: "MEMNET_EVAL_EVERY",
  },
  {
    flag: "--checkpoint-every",
    setting: "checkpointEvery",
    env: "MEMNET_CHECKPOINT_EVERY",
  },
];

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Adds the flags to a command.
 *
 * @param env  supplies settings that no flag sets; omitted if only flags count
 * @returns    a function that returns the settings given, to be called once the command line is parsed
 */
export function configurationFlags(command: Command, env?: Environment): () => Written {
  const overlays: Overlay[] = [];
  const add = (
    flags: string,
    text: string | (() => string),
    name: string,
    take?: (value: string) => void,
  ) => {
    const option = new Option(flags);
    // Only the help reads it, and the texts of settings take long to make.
    Object.defineProperty(option, "description", {
      get: () => `${typeof text === "string" ? text : text()}${env && name ? ` (${name})` : ""}`,
    });
    if (take) {
      option.argParser((value: string) => {
        take(value);
        return value;
      });
    }
    command.addOption(option);
  };
  add("--preset <name>", `${Object.keys(presets).join(", ")} (default: ${presetDefault})`, "MEMNET_PRESET");
  add("--config <file>", "settings as JSON, or a run's config.json; laid over the preset", "MEMNET_CONFIG");
  add(
    "--task <name|file>",
    "a task's name (`memnet tasks` lists them), or a file of your own: ./mine.ts",
    "MEMNET_TASK",
    (nameOrFile) => overlays.push({ kind: "task", nameOrFile }),
  );
  add("--engine <name>", "auto (default) takes the fastest that works here", "MEMNET_ENGINE");
  for (const { flag, setting, env: name, more, launcherOnly, auto } of numberFlags) {
    if (env && launcherOnly) continue;
    const text = () => settingText(setting, more);
    add(`${flag} <number>`, text, name, (value) => {
      const number = auto && value === "auto" ? auto() : numberOf(flag, value);
      overlays.push({ kind: "settings", settings: { [setting]: number } });
    });
  }
  add(
    "--until <condition>",
    "end as soon as a validation figure is reached: 'wrongBits<0.1'",
    "MEMNET_UNTIL",
  );
  if (!env)
    add("--from <run[@step]>", "start from another run's parameters: its best, or those of a step", "");
  add("--init <file>", "start from a file's parameters: safetensors with the model's tensors", "MEMNET_INIT");
  add("--set <path=value>", "any setting, as memory.slots=64 or task.length=1..20; repeatable", "", (text) =>
    overlays.push({ kind: "assignment", text }),
  );
  return () => {
    const flags = command.opts<Record<string, string | undefined>>();
    const given = (flag: string, name: string) => flags[flag] ?? (env?.[name] || null);
    const path = given("config", "MEMNET_CONFIG");
    return {
      preset: given("preset", "MEMNET_PRESET"),
      file: path === null ? null : { path, json: readSettings(path) },
      // Flags come last, so that they override the environment.
      overlays: [...environmentOverlays(env ?? {}), ...overlays],
      engine: given("engine", "MEMNET_ENGINE"),
      until: given("until", "MEMNET_UNTIL"),
      from: flags.from ?? null,
      init: given("init", "MEMNET_INIT"),
    };
  };
}

/** A setting's description as a flag's text, with its default: `steps between checkpoints (default: 500)`. */
function settingText(setting: string, more?: string): string {
  const { description, default: otherwise } = settingsProperties()[setting] as {
    readonly description: string;
    readonly default: number;
  };
  const [sentence] = description.split(/\.(?: |$)/) as [string];
  const text = sentence.charAt(0).toLowerCase() + sentence.slice(1);
  const isPresets = Object.values(presets).some((one) => setting in one);
  return `${text}${more ? `; ${more}` : ""} (default: ${isPresets ? "the preset's, or " : ""}${otherwise})`;
}

/** Applies one overlay to settings. A task's overlay needs its file to be read first. */
export function overlaid(settings: Settings, overlay: Exclude<Overlay, { kind: "task" }>): Settings {
  return overlay.kind === "assignment"
    ? withSetting(settings, overlay.text)
    : merged(settings, overlay.settings);
}

/** @throws UsageError naming the flag, the rule and the value */
export function numberOf(flag: string, text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) {
    throw new UsageError(`Cannot use ${flag}: it must be a number, got ${JSON.stringify(text)}`);
  }
  return value;
}

/** Parses a whole number in a range, for flags that are not settings. */
export function wholeOf(flag: string, text: string, lowest: number, highest: number): number {
  const value = numberOf(flag, text);
  if (!Number.isInteger(value) || value < lowest || value > highest) {
    throw new UsageError(
      `Cannot use ${flag}: it must be a whole number from ${lowest} to ${highest}, got ${text}`,
    );
  }
  return value;
}

/** Reads a file of settings. Its `$schema` is for editors. */
function readSettings(path: string): unknown {
  const json = readJson(path);
  if (typeof json !== "object" || json === null || Array.isArray(json)) return json;
  const { $schema: _schema, ...settings } = json as Record<string, unknown>;
  return settings;
}

/** @throws UsageError if the file cannot be read or is not JSON */
export function readJson(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new UsageError(`Cannot read ${path}: it must be a JSON file, and ${systemReason(error)}`, {
      cause: error,
    });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`Cannot read ${path}: it must be JSON, ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function environmentOverlays(env: Environment): Overlay[] {
  const numbers = numberFlags.flatMap(({ setting, env: name }): Overlay[] => {
    const text = name === "" ? undefined : env[name];
    return text ? [{ kind: "settings", settings: { [setting]: numberOf(name, text) } }] : [];
  });
  const task: Overlay[] = env.MEMNET_TASK ? [{ kind: "task", nameOrFile: env.MEMNET_TASK }] : [];
  return [...task, ...numbers];
}
