/** Compares the training configurations of runs: which of them are one group, and how the groups differ. */

import {
  canonicalJson,
  conditionText,
  type PresetName,
  presetConfig,
  presets,
  type TrainingConfig,
} from "memnet";

/** The preset that a configuration matches, whatever its seed, engine and `--until`; null if it matches none. */
export function presetOf(training: TrainingConfig): PresetName | null {
  const { seed, engine, until } = training;
  const wanted = canonicalJson(training);
  const names = Object.keys(presets) as PresetName[];
  const isIt = (name: PresetName) =>
    canonicalJson(presetConfig(name, { seed, engine, until }).training) === wanted;
  return names.find(isIt) ?? null;
}

/** A preset, and the settings in which a configuration differs from it. */
export interface FromPreset {
  readonly preset: PresetName;
  readonly differing: readonly {
    readonly path: string;
    /** "none" if the configuration lacks the setting. */
    readonly here: string;
    /** "none" if the preset lacks it. */
    readonly there: string;
  }[];
}

/**
 * The preset of the same model and task that differs from a configuration in the fewest settings, whatever seed, engine
 * and `--until`; null if there is no preset of the model and task.
 */
export function nearestPreset(training: TrainingConfig): FromPreset | null {
  const { seed, engine, until } = training;
  const own = new Map(settingsIn(training));
  const found = (Object.keys(presets) as PresetName[]).flatMap((preset): FromPreset[] => {
    const other = presetConfig(preset, { seed, engine, until }).training;
    if (peersOf(other) !== peersOf(training)) return [];
    const its = new Map(settingsIn(other));
    const paths = [...new Set([...own.keys(), ...its.keys()])];
    const differing = paths
      .map((path) => ({ path, here: own.get(path) ?? "none", there: its.get(path) ?? "none" }))
      .filter(({ here, there }) => here !== there);
    return [{ preset, differing }];
  });
  return found.sort((a, b) => a.differing.length - b.differing.length)[0] ?? null;
}

/** The same for configurations that differ in nothing but the seed, and so are one group. */
export function configurationKey({ seed: _seed, ...training }: TrainingConfig): string {
  // `initial` stays in the key: it is the hash of given parameters, and null if they are drawn from the seed.
  return canonicalJson(training);
}

/**
 * Returns for each configuration the settings, by path, that differ among those of the same model and task, except the
 * seed. A setting that only some have, such as one optimizer's own, is listed if it differs among those that have it.
 */
export function differingSettings(all: readonly TrainingConfig[]): Record<string, string>[] {
  /** By model and task: the values of each setting, by its path. */
  const values = new Map<string, Map<string, Set<string>>>();
  const settings = all.map((training) => {
    const peers = peersOf(training);
    const ofPeers = values.get(peers) ?? new Map<string, Set<string>>();
    values.set(peers, ofPeers);
    const own = settingsIn(training);
    for (const [path, value] of own) {
      const known = ofPeers.get(path);
      if (known) known.add(value);
      else ofPeers.set(path, new Set([value]));
    }
    return { own, ofPeers };
  });
  return settings.map(({ own, ofPeers }) =>
    Object.fromEntries(own.filter(([path]) => ofPeers.get(path)!.size > 1)),
  );
}

function peersOf({ model, task }: TrainingConfig): string {
  return JSON.stringify([model, task.name]);
}

function settingsIn({ seed: _seed, until, ...rest }: TrainingConfig): [path: string, value: string][] {
  const condition = until && `${conditionText(until)} every ${until.every} on ${until.batches} batches`;
  return settingLeaves({ ...rest, until: condition });
}

/** Returns every setting of a configuration by its path, such as memory.slots. */
function settingLeaves(value: object, under = ""): [path: string, value: string][] {
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    const path = `${under}${name}`;
    const isSection = typeof inner === "object" && inner !== null && !Array.isArray(inner);
    return isSection ? settingLeaves(inner, `${path}.`) : [[path, valueText(inner)] as [string, string]];
  });
}

/** Formats a value as `--set` takes it; a hash is shortened to its first digits. */
function valueText(value: unknown): string {
  if (value === null) return "none";
  if (Array.isArray(value)) return value.join("..");
  const text = String(value);
  return /^[0-9a-f]{64}$/.test(text) ? `${text.slice(0, 8)}…` : text;
}
