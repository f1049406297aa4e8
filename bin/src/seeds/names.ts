/** Names groups of runs so that the reader can tell them apart. */

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

/**
 * Returns for each configuration the settings, by path, that differ among those of the same model and task, except the
 * seed. A setting that only some have, such as one optimizer's own, is listed if it differs among those that have it.
 */
export function differingSettings(all: readonly TrainingConfig[]): Record<string, string>[] {
  const settings = all.map((training) => new Map(settingsIn(training)));
  return all.map((own, index) => {
    const peers = settings.filter((_, other) => isPeer(own, all[other]!));
    return Object.fromEntries(
      [...settings[index]!].filter(([path, value]) =>
        peers.some((peer) => peer.has(path) && peer.get(path) !== value),
      ),
    );
  });
}

function isPeer(a: TrainingConfig, b: TrainingConfig): boolean {
  return a.model === b.model && a.task.name === b.task.name;
}

function settingsIn({ seed: _seed, until, ...rest }: TrainingConfig): [path: string, value: string][] {
  const condition = until && `${conditionText(until)} every ${until.every} on ${until.batches} batches`;
  return leaves({ ...rest, until: condition });
}

function leaves(value: object, under = ""): [path: string, value: string][] {
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    const path = `${under}${name}`;
    const isSection = typeof inner === "object" && inner !== null && !Array.isArray(inner);
    return isSection ? leaves(inner, `${path}.`) : [[path, valueText(inner)] as [string, string]];
  });
}

/** Formats a value as `--set` takes it; a hash is shortened to its first digits. */
function valueText(value: unknown): string {
  if (value === null) return "none";
  if (Array.isArray(value)) return value.join("..");
  const text = String(value);
  return /^[0-9a-f]{64}$/.test(text) ? `${text.slice(0, 8)}…` : text;
}
