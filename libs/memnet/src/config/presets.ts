/** The original's two experiments, and one variant of each: docs/model.md §15. */

import { builtInTask } from "../tasks/registry.ts";
import { merged, type RunConfig, runConfig, type Settings } from "./settings.ts";

const ntmCopy: Settings = {
  model: "ntm",
  controller: { hidden: 100 },
  memory: { slots: 128, width: 20 },
  heads: { reads: 1, writes: 1 },
  task: { name: "copy" },
};

const dncRepeatCopy: Settings = {
  model: "dnc",
  controller: { hidden: 64 },
  memory: { slots: 16, width: 16 },
  heads: { reads: 4, writes: 1 },
  task: { name: "repeat-copy" },
};

export const presets = {
  "original-ntm-copy": ntmCopy,
  "original-dnc-repeat-copy": dncRepeatCopy,
  /** The NTM paper's lengths (arXiv 1410.5401, section 4.1): generalises, unlike 5…10. */
  "original-ntm-copy-20": { ...ntmCopy, task: { name: "copy", length: [1, 20] } },
  /** Learns about ten times sooner; a newcomer's first run. */
  "original-dnc-repeat-copy-fast": { ...dncRepeatCopy, optimizer: { kind: "adam" }, steps: 10_000 },
} as const satisfies Record<string, Settings>;
export type PresetName = keyof typeof presets;

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
  throw new RangeError(
    `Unknown preset ${JSON.stringify(name)}: it must be one of ${Object.keys(presets).join(", ")}`,
  );
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
