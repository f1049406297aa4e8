/** Presets that learn a task soon, a baseline, and the original's experiments: docs/model.md §15. */

import { builtInTask } from "../tasks/registry.ts";
import { unknownName } from "../unknown-name.ts";
import { merged, type RunConfig, runConfig, type Settings } from "./settings.ts";
import type { TrainSettings } from "./written.ts";

/** A preset's name, docs/model.md §15. */
export type PresetName =
  | "copy-ntm"
  | "copy-ntm-feedforward"
  | "copy-dnc"
  | "copy-lstm"
  | "copy-10-ntm"
  | "copy-10-lstm"
  | "repeat-copy-dnc"
  | "repeat-copy-lstm"
  | "repeat-copy-10-dnc"
  | "repeat-copy-10-ntm"
  | "repeat-copy-10-lstm"
  | "associative-recall-dnc"
  | "associative-recall-lstm"
  | "n-gram-ntm"
  | "n-gram-lstm"
  | "priority-sort-dnc"
  | "priority-sort-lstm"
  | "original-ntm-copy"
  | "original-dnc-repeat-copy"
  | "original-ntm-copy-20"
  | "original-dnc-repeat-copy-fast";

const ntm: TrainSettings = {
  model: "ntm",
  controller: { hidden: 100 },
  memory: { slots: 128, width: 20 },
  heads: { reads: 1, writes: 1 },
};

/** The write head moves on while a copy is read: 120 words and their output go once round 240 slots. */
const largeNtm: TrainSettings = { ...ntm, memory: { slots: 256, width: 20 } };

const dnc: TrainSettings = {
  model: "dnc",
  controller: { hidden: 64 },
  memory: { slots: 16, width: 16 },
  heads: { reads: 4, writes: 1 },
};

const largeDnc: TrainSettings = {
  model: "dnc",
  controller: { hidden: 100 },
  memory: { slots: 32, width: 20 },
  heads: { reads: 1, writes: 1 },
};

const variantsDnc: TrainSettings = {
  ...largeDnc,
  memory: { slots: 32, width: 20, masked: true, deallocate: true, sharpen: true },
};

const copy20: TrainSettings["task"] & object = { name: "copy", length: [1, 20] };

/** The NTM paper's sizes, section 4.2. */
const repeatCopy10: TrainSettings["task"] & object = {
  name: "repeat-copy",
  bits: 8,
  length: [1, 10],
  repeats: [1, 10],
};

/** Smaller than the NTM paper's, section 4.4, which has a context of 5 and a length of 200. */
const nGram2: TrainSettings["task"] & object = { name: "n-gram", context: 2, length: [60, 60] };

interface Learning {
  readonly sequencesPerStep: number;
  readonly learningRate: number;
  readonly epsilon?: number;
  readonly decay: "linear" | "cosine";
  readonly steps: number;
  /** The steps of the decay; all unless given. */
  readonly over?: number;
  /** The share of the rate that is left after the decay; 0 unless given. */
  readonly to?: number;
  /** The largest norm of a gradient; 10 unless given. */
  readonly clipNorm?: number;
}

/** Adam with few sequences a step, and a rate that falls to 0 or nearly, so that what was learned is kept. */
function adam({
  sequencesPerStep,
  steps,
  decay,
  over = steps,
  to = 0,
  clipNorm = 10,
  ...rest
}: Learning): Settings {
  return {
    optimizer: { kind: "adam", ...rest, schedule: { decay, to, over } },
    clip: { norm: clipNorm },
    sequencesPerStep,
    microBatch: sequencesPerStep,
    steps,
  };
}

/** What the controller alone learns: an LSTM without a memory. */
function baseline(
  task: TrainSettings["task"] & object,
  sequencesPerStep: number,
  steps: number,
): TrainSettings {
  return {
    model: "lstm",
    controller: { hidden: 100 },
    task,
    ...adam({ sequencesPerStep, learningRate: 3e-3, decay: "linear", steps }),
  };
}

/** Evaluations that take at most a tenth of the time: batches of 16 sequences, and sizes beyond training at the end. */
function evaluated(evaluateEvery: number, evaluationBatches: number, beyondEvery: number): TrainSettings {
  return { evaluateEvery, evaluationBatches, beyondEvery, checkpointEvery: evaluateEvery };
}

/**
 * Few repeats until the network finds the way back to the first word. Before that, nothing after the first copy can be
 * predicted, and the gradient of further repeats is noise.
 *
 * @param steps how many steps have few repeats
 */
function fewRepeatsFirst(steps: number): NonNullable<TrainSettings["curriculum"]> {
  return [
    { from: 1, task: { repeats: [1, 3] } },
    { from: steps + 1, task: {} },
  ];
}

/** The settings of each preset, docs/model.md §15. */
export const presets: Readonly<Record<PresetName, TrainSettings>> = {
  "copy-ntm": {
    ...largeNtm,
    task: copy20,
    ...adam({ sequencesPerStep: 2, learningRate: 3e-3, epsilon: 1e-5, decay: "cosine", steps: 6000 }),
    /** Lengths up to 20 are solved by then. Longer ones keep the heads sharp for 120. */
    curriculum: [{ from: 2501, task: { length: [1, 60] } }],
    ...evaluated(125, 4, 48),
  },
  "copy-ntm-feedforward": {
    ...largeNtm,
    controller: { kind: "feedforward", hidden: 100 },
    task: copy20,
    ...adam({ sequencesPerStep: 4, learningRate: 3e-3, decay: "linear", steps: 3000 }),
    ...evaluated(125, 4, 24),
  },
  /** A word takes a slot, so no more than 32 of them can be copied. */
  "copy-dnc": {
    ...largeDnc,
    task: copy20,
    ...adam({ sequencesPerStep: 2, learningRate: 3e-3, epsilon: 1e-5, decay: "linear", steps: 6000 }),
    ...evaluated(250, 4, 24),
  },
  "copy-lstm": {
    ...baseline(copy20, 4, 6000),
    controller: { hidden: 256 },
    ...evaluated(250, 4, 24),
  },
  "copy-10-ntm": {
    ...ntm,
    task: { name: "copy", length: [5, 10] },
    ...adam({ sequencesPerStep: 2, learningRate: 3e-3, epsilon: 1e-5, decay: "cosine", steps: 6000 }),
    /** Short sequences are learned first, and validation has none. */
    curriculum: [{ from: 1, task: { length: [1, 10] } }],
    ...evaluated(250, 4, 12),
  },
  "copy-10-lstm": { ...baseline({ name: "copy", length: [5, 10] }, 2, 6000), ...evaluated(250, 4, 12) },
  "repeat-copy-dnc": {
    ...dnc,
    task: { name: "repeat-copy" },
    ...adam({ sequencesPerStep: 2, learningRate: 3e-3, decay: "linear", steps: 10_000 }),
    ...evaluated(250, 5, 20),
  },
  "repeat-copy-lstm": { ...baseline({ name: "repeat-copy" }, 2, 10_000), ...evaluated(250, 5, 20) },
  /** The last 2,000 steps, at a fiftieth of the rate, mend most of the errors that are left. */
  "repeat-copy-10-dnc": {
    ...largeDnc,
    memory: { slots: 32, width: 20, deallocate: true, sharpen: true },
    task: repeatCopy10,
    ...adam({
      sequencesPerStep: 4,
      learningRate: 4e-3,
      epsilon: 1e-6,
      decay: "cosine",
      over: 6000,
      to: 0.02,
      steps: 8000,
      clipNorm: 1,
    }),
    curriculum: fewRepeatsFirst(1500),
    ...evaluated(200, 10, 40),
  },
  /** With 3 read heads nine of ten seeds solve it, with 2 eight, with 1 three. */
  "repeat-copy-10-ntm": {
    ...ntm,
    heads: { reads: 3, writes: 1 },
    memory: { slots: 32, width: 20 },
    task: repeatCopy10,
    ...adam({
      sequencesPerStep: 4,
      learningRate: 3e-3,
      epsilon: 1e-5,
      decay: "linear",
      steps: 10_000,
      clipNorm: 1,
    }),
    curriculum: fewRepeatsFirst(2500),
    ...evaluated(250, 5, 40),
  },
  "repeat-copy-10-lstm": { ...baseline(repeatCopy10, 4, 8000), ...evaluated(200, 10, 40) },
  /** With all three variants: without them, seed 1 has 0.9 wrong bits left after 32,000 sequences. */
  "associative-recall-dnc": {
    ...variantsDnc,
    task: { name: "associative-recall" },
    ...adam({ sequencesPerStep: 4, learningRate: 3e-3, epsilon: 1e-5, decay: "linear", steps: 10_000 }),
    ...evaluated(250, 5, 20),
  },
  "associative-recall-lstm": {
    ...baseline({ name: "associative-recall" }, 4, 10_000),
    ...evaluated(250, 5, 20),
  },
  "n-gram-ntm": {
    ...ntm,
    task: nGram2,
    ...adam({ sequencesPerStep: 4, learningRate: 3e-3, epsilon: 1e-5, decay: "linear", steps: 4000 }),
    ...evaluated(250, 4, 16),
  },
  "n-gram-lstm": { ...baseline(nGram2, 4, 4000), ...evaluated(250, 4, 16) },
  /** The NTM paper's size, section 4.5. */
  "priority-sort-dnc": {
    ...variantsDnc,
    task: { name: "priority-sort" },
    ...adam({
      sequencesPerStep: 4,
      learningRate: 4e-3,
      epsilon: 1e-6,
      decay: "cosine",
      steps: 16_000,
      clipNorm: 1,
    }),
    ...evaluated(500, 5, 32),
  },
  "priority-sort-lstm": { ...baseline({ name: "priority-sort" }, 4, 16_000), ...evaluated(500, 5, 32) },
  "original-ntm-copy": { ...ntm, task: { name: "copy" } },
  "original-dnc-repeat-copy": { ...dnc, task: { name: "repeat-copy" } },
  /** The NTM paper's lengths (arXiv 1410.5401, section 4.1): generalises, unlike 5…10. */
  "original-ntm-copy-20": { ...ntm, task: copy20 },
  /** Learns about ten times sooner. */
  "original-dnc-repeat-copy-fast": {
    ...dnc,
    task: { name: "repeat-copy" },
    optimizer: { kind: "adam" },
    steps: 10_000,
  },
};

export const presetDefault: PresetName = "copy-ntm";

/** The original's presets had these names, and still answer to them. */
const formerNames: Readonly<Record<string, PresetName>> = {
  "ntm-copy": "original-ntm-copy",
  "ntm-copy-20": "original-ntm-copy-20",
  "dnc-repeat-copy": "original-dnc-repeat-copy",
  "dnc-repeat-copy-fast": "original-dnc-repeat-copy-fast",
};

/**
 * The name of a preset that is given by its name or by a former one.
 *
 * @throws RangeError naming the presets
 */
export function presetName(name: string): PresetName {
  if (Object.hasOwn(presets, name)) return name as PresetName;
  if (Object.hasOwn(formerNames, name)) return formerNames[name]!;
  throw new RangeError(unknownName(`preset ${JSON.stringify(name)}`, name, Object.keys(presets)));
}

/** @throws RangeError naming the presets */
export function preset(name: string): Settings {
  return presets[presetName(name)];
}

/**
 * A preset's whole configuration.
 *
 * @param above settings that override the preset's; at least an engine, which no preset names
 */
export function presetConfig(name: PresetName, above: Settings): RunConfig {
  const settings = merged(preset(name), above);
  return runConfig(settings, builtInTask((settings.task as { name: string }).name));
}
