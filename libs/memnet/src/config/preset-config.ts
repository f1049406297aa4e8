/** A preset with all its defaults. */

import { builtInTask } from "../tasks/registry.ts";
import { type PresetName, preset } from "./presets.ts";
import { merged, type RunConfig, runConfig, type Settings } from "./settings.ts";

/**
 * What a run of the preset has as its configuration.
 *
 * @param above settings laid over the preset's; at least an engine, which no preset names
 */
export function presetConfig(name: PresetName, above: Settings): RunConfig {
  const settings = merged(preset(name), above);
  return runConfig(settings, builtInTask((settings.task as { name: string }).name));
}
