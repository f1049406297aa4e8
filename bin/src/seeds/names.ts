/** What groups of runs are called, so that a person can tell them apart. */

import {
  canonicalJson,
  conditionText,
  type PresetName,
  presetConfig,
  presets,
  type TrainingConfig,
} from "memnet";

/** The preset that a configuration is, whatever seed, engine and `--until` it was given; null where it is none. */
export function presetOf(training: TrainingConfig): PresetName | null {
  const { seed, engine, until } = training;
  const wanted = canonicalJson(training);
  const names = Object.keys(presets) as PresetName[];
  const isIt = (name: PresetName) =>
    canonicalJson(presetConfig(name, { seed, engine, until }).training) === wanted;
  return names.find(isIt) ?? null;
}

/**
 * Of each configuration the settings, by their paths, in which those of the same model and task differ; never the
 * seed. One that not all of them have, such as one optimizer's own, is named where it differs among those that do.
 */
export function differingSettings(all: readonly TrainingConfig[]): Record<string, string>[] {
  const settings = all.map((training) => new Map(settingsIn(training)));
  return all.map((own, place) => {
    const peers = settings.filter((_, other) => isPeer(own, all[other]!));
    return Object.fromEntries(
      [...settings[place]!].filter(([path, value]) =>
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

/** As `--set` takes it; of a hash what tells it from others. */
function valueText(value: unknown): string {
  if (value === null) return "none";
  if (Array.isArray(value)) return value.join("..");
  const text = String(value);
  return /^[0-9a-f]{64}$/.test(text) ? `${text.slice(0, 8)}…` : text;
}
