/** A published run: its curves, and what it takes to train it again. docs/results has a file of each. */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type PresetName, presetConfig, presets, settingsText, taskSettings } from "memnet";

/** Where results are kept unless another folder is named. */
export const resultsFolder = fileURLToPath(new URL("../docs/results", import.meta.url));

export const presetNames = Object.keys(presets) as PresetName[];

/** A run has learnt its task once it has fewer wrong bits per sequence than this on the validation stream. */
export const goalWrongBits = 0.1;

export interface Result {
  readonly record: RunRecord;
  /** Ascending by step; in a step training, validation, then the sizes beyond training. */
  readonly rows: readonly Row[];
}

export interface RunRecord {
  readonly preset: PresetName;
  readonly seed: number;
  readonly steps: number;
  readonly sequences: number;
  /** The hash of the final parameters, which `memnet train` prints at the end. */
  readonly parametersSha256: string;
  /** The hash of the training configuration, as in every checkpoint of the run. */
  readonly trainingSha256: string;
  readonly engine: string;
  readonly fingerprint: string;
  /** The versions that made the run; empty if it has not recorded one. */
  readonly memnet: string;
  readonly node: string;
  readonly platform: string;
  /** Null if the run was stopped and resumed. */
  readonly wallSeconds: number | null;
}

/** Figures at a step; null if missing or not finite. */
export interface Row {
  readonly step: number;
  /** The number of sequences that the run was trained on up to this step. */
  readonly sequences: number;
  /** `training`, `validation`, or a size beyond training such as `length-20`. */
  readonly split: string;
  /** The number of sequences that the figures are means over. */
  readonly measured: number;
  readonly lossBits: number | null;
  readonly wrongBits: number | null;
  /** The share of exact sequences, in [0, 1]. */
  readonly exact: number | null;
}

/** The splits beyond training, in the order of the rows. */
export function sizesBeyond(results: readonly Result[]): string[] {
  const splits = new Set(results.flatMap(({ rows }) => rows.map(({ split }) => split)));
  return [...splits].filter((split) => split !== "training" && split !== "validation");
}

/** `copy with length 5–10`. */
export function taskText(name: PresetName): string {
  const { training } = presetConfig(name, { engine: "auto" });
  const ranges = Object.entries(taskSettings(training)).filter(([, value]) => Array.isArray(value));
  const texts = ranges.map((range) => settingsText(Object.fromEntries([range])));
  return `${training.task.name} with ${texts.join(" and ")}`;
}

/** `NTM, 128 slots × 20, copy with length 5–10, RMSprop`. */
export function presetText(name: PresetName): string {
  const { training } = presetConfig(name, { engine: "auto" });
  const { model, optimizer } = training;
  return [
    model.toUpperCase(),
    ...("memory" in training ? [`${training.memory.slots} slots × ${training.memory.width}`] : []),
    taskText(name),
    { rmsprop: "RMSprop", adam: "Adam" }[optimizer.kind],
  ].join(", ");
}

/** Text by its path within the folder. */
export type Files = ReadonlyMap<string, string>;

const columns = "step,sequences,split,measured,loss_bits,wrong_bits,exact";

export function resultFiles({ record, rows }: Result): Files {
  const path = `${record.preset}/seed-${record.seed}`;
  const lines = rows.map(({ step, sequences, split, measured, lossBits, wrongBits, exact }) =>
    [step, sequences, split, measured, lossBits, wrongBits, exact].join(","),
  );
  return new Map([
    [`${path}.csv`, `${[columns, ...lines].join("\n")}\n`],
    [`${path}.json`, `${JSON.stringify(record, null, 2)}\n`],
  ]);
}

export function writeFiles(folder: string, files: Files): void {
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** Reads every result that resultFiles() wrote to the folder, in the order of presets and seeds. */
export function readResults(folder: string): Result[] {
  return presetNames.flatMap((preset) => {
    const names = existsSync(join(folder, preset)) ? readdirSync(join(folder, preset)) : [];
    return names
      .filter((name) => /^seed-\d+\.json$/.test(name))
      .map((name) => {
        const path = join(folder, preset, name);
        const record: RunRecord = JSON.parse(readFileSync(path, "utf8"));
        return { record, rows: rowsOf(readFileSync(path.replace(/json$/, "csv"), "utf8")) };
      })
      .sort((a, b) => a.record.seed - b.record.seed);
  });
}

function rowsOf(csv: string): Row[] {
  const [, ...lines] = csv.trimEnd().split("\n");
  return lines.map((line) => {
    const [step, sequences, split, measured, ...figures] = line.split(",");
    const [lossBits, wrongBits, exact] = figures.map((cell) => (cell === "" ? null : Number(cell)));
    return {
      ...{ step: Number(step), sequences: Number(sequences), split: split!, measured: Number(measured) },
      ...{ lossBits: lossBits!, wrongBits: wrongBits!, exact: exact! },
    };
  });
}
