/** Groups of runs whose training configurations differ only in the seed, with the spread of their figures. */

import type { RunFigures } from "@memnet/protocol";
import { configurationKey, differingSettings, presetOf, type Spreads, spreadsOf } from "@memnet/runs";
import { type TrainingConfig, trainingConfig } from "memnet";

/** One run of a group. */
export interface SeedRun extends Omit<RunFigures, "training"> {
  readonly seed: number;
  /** The number of sequences trained on before the goal was reached; null if it was not. */
  readonly sequences: number | null;
}

export interface Group {
  readonly preset: string | null;
  readonly model: string;
  readonly task: string;
  /** The settings, by path, that distinguish this group from others with the same model and task. */
  readonly settings: Readonly<Record<string, string>>;
  /** The configuration that its runs share. */
  readonly training: Omit<TrainingConfig, "seed">;
  /** Sorted by seed, then by name. */
  readonly runs: readonly SeedRun[];
  readonly spreads: Spreads;
}

/** Returns the groups in the order of their first runs. */
export function groupsOf(all: readonly RunFigures[]): Group[] {
  const byTraining = new Map<string, Member[]>();
  for (const { training: json, ...figures } of all) {
    const training = trainingConfig.parse(json);
    const { seed } = training;
    const key = configurationKey(training);
    const members = byTraining.get(key) ?? [];
    byTraining.set(key, members);
    const sequences = figures.reached === null ? null : figures.reached * training.sequencesPerStep;
    members.push({ training, run: { ...figures, seed, sequences } });
  }
  const groups = [...byTraining.values()];
  const settings = differingSettings(groups.map(([first]) => first!.training));
  return groups.map((members, index) => groupOf(members, settings[index]!));
}

interface Member {
  readonly training: TrainingConfig;
  readonly run: SeedRun;
}

function groupOf(members: readonly Member[], settings: Group["settings"]): Group {
  const whole = members[0]!.training;
  const { seed: _seed, ...training } = whole;
  const runs = members.map(({ run }) => run).sort((a, b) => a.seed - b.seed || (a.run < b.run ? -1 : 1));
  return {
    preset: presetOf(whole),
    model: training.model,
    task: training.task.name,
    settings,
    training,
    runs,
    spreads: spreadsOf(runs),
  };
}
