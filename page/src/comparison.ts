/** Groups chosen runs so that they can be compared as the points of a sweep are. Pure. */

import type { SweepRecord } from "@memnet/protocol";
import { configurationKey, differingSettings, groupedBy, presetOf } from "@memnet/runs";
import type { TrainingConfig } from "memnet";
import type { Compared } from "./sweep-points.ts";

/** What makes a group: the same configuration but for the seed, or a run by itself. */
export type GroupedBy = "configuration" | "run";

export interface ChosenRun {
  readonly run: string;
  readonly training: TrainingConfig;
}

/** How many settings a group's name has; the others are in the table. */
const namedMax = 4;

/** @param goal what the runs are compared by, unless the first one has a goal of its own */
export function comparisonOf(runs: readonly ChosenRun[], by: GroupedBy, goal: SweepRecord["goal"]): Compared {
  const keyOf = ({ run, training }: ChosenRun) => (by === "run" ? run : configurationKey(training));
  const groups = [...groupedBy(runs, keyOf).values()];
  const settings = settingsOf(groups.map(([first]) => first!.training));
  const labels =
    by === "run"
      ? withoutCommonStart(groups.map(([first]) => first!.run))
      : groups.map(([first], index) => nameOf(first!.training, settings[index]!, settings));
  const unique = labels.map((label, index) =>
    labels.indexOf(label) === index ? label : `${label} #${index}`,
  );
  const until = runs[0]?.training.until;
  return {
    name: "comparison",
    goal: until ? { figure: until.figure, comparison: until.comparison, value: until.value } : goal,
    points: groups.map((_, index) => ({ label: unique[index]!, settings: settings[index]! })),
    pruned: [],
    seeds: null,
    runs: groups.flatMap((members, index) =>
      members
        .toSorted((a, b) => a.training.seed - b.training.seed)
        .map(({ run, training }) => ({ run, label: unique[index]!, seed: training.seed })),
    ),
  };
}

/** Returns what distinguishes the groups, with the model if that differs among those of a task. */
function settingsOf(all: readonly TrainingConfig[]): Record<string, string>[] {
  return differingSettings(all).map((settings, index) => {
    const { model, task } = all[index]!;
    const isMixed = all.some((other) => other.task.name === task.name && other.model !== model);
    return { ...(isMixed ? { model } : {}), ...settings };
  });
}

/** Names a group by its settings, or by its preset or model if it has none of its own. */
function nameOf(
  training: TrainingConfig,
  own: Readonly<Record<string, string>>,
  all: readonly Readonly<Record<string, string>>[],
): string {
  const { model, ...settings } = own;
  const paths = [...new Set(all.flatMap((one) => Object.keys(one)))];
  const parts = Object.entries(settings).map(([path, value]) => `${shortPath(path, paths)} ${value}`);
  const kept = parts.slice(0, namedMax);
  if (parts.length > kept.length) kept.push(`and ${parts.length - kept.length} more`);
  const preset = presetOf(training) ?? `${training.model.toUpperCase()} on ${training.task.name}`;
  return [...(kept.length === 0 || model !== undefined ? [preset] : []), ...kept].join(" · ");
}

/** Cuts a path to its last word if no other path ends in it. */
function shortPath(path: string, paths: readonly string[]): string {
  const last = path.slice(path.lastIndexOf(".") + 1);
  return paths.some((other) => other !== path && other.endsWith(`.${last}`)) ? path : last;
}

/** Cuts what all names begin with, up to a hyphen or an underscore. */
export function withoutCommonStart(names: readonly string[]): string[] {
  const [first = ""] = names;
  if (names.length < 2) return [...names];
  let common = 0;
  while (common < first.length && names.every((name) => name[common] === first[common])) common++;
  const start = Math.max(first.lastIndexOf("-", common - 1), first.lastIndexOf("_", common - 1)) + 1;
  return names.map((name) => name.slice(start));
}
