/** `--cluster`: times whole runs of the real system with increasing numbers of trainers. */

import type { RunConfig, Settings } from "memnet";
import { configure } from "../bin/src/configure/configure.ts";
import type { ClusterTiming } from "./cluster-report.ts";
import { clusterRun } from "./cluster-run.ts";
import { type Bounds, median } from "./timing.ts";

export interface ClusterWanted {
  readonly presets: readonly string[];
  /** Undefined for the fastest engine that works here. */
  readonly engine: string | undefined;
  readonly sequences: readonly number[];
  /** Undefined for the preset's own. */
  readonly microBatch: number | undefined;
  readonly trainers: readonly number[];
  readonly bounds: Bounds;
}

/** No measurement reaches this many steps, so no checkpoint, evaluation or end falls into one. */
const unreached = 1_000_000_000;

/** @param complain called as each run begins, since runs take a while */
export async function timeClusters(
  wanted: ClusterWanted,
  complain: (line: string) => void,
): Promise<ClusterTiming[]> {
  const configs: { name: string; config: RunConfig }[] = [];
  // Configure all of them before the first run, so that a mistake shows at once.
  for (const name of wanted.presets) {
    for (const sequences of wanted.sequences) {
      for (const trainers of wanted.trainers) {
        configs.push({ name, config: await configuration(wanted, name, sequences, trainers) });
      }
    }
  }
  const timings: ClusterTiming[] = [];
  for (const { name, config } of configs) {
    const { training, operation } = config;
    const { sequencesPerStep: sequences, microBatch, engine } = training;
    const { trainers } = operation;
    const plural = trainers === 1 ? "" : "s";
    complain(
      `${name}: ${sequences} sequences a step in micro-batches of ${microBatch}, ${trainers} trainer${plural}, ${engine}`,
    );
    const { anatomy, stepSeconds } = await clusterRun(config, wanted.bounds);
    timings.push({
      preset: name,
      engine,
      sequences,
      microBatch,
      trainers,
      stepsPerSecond: 1 / median(stepSeconds),
      anatomy,
    });
  }
  return timings;
}

/** Configures a preset for a run that neither evaluates nor ends while it is measured. */
export async function configuration(
  { engine, microBatch }: Pick<ClusterWanted, "engine" | "microBatch">,
  name: string,
  sequencesPerStep: number,
  trainers: number,
): Promise<RunConfig> {
  const settings: Settings = {
    sequencesPerStep,
    ...(microBatch === undefined ? {} : { microBatch }),
    trainers,
    steps: unreached,
    evaluateEvery: unreached,
    checkpointEvery: unreached,
  };
  const written = {
    preset: name,
    file: null,
    overlays: [{ kind: "settings" as const, settings }],
    engine: engine ?? null,
    until: null,
    from: null,
    init: null,
  };
  return (await configure(written, { readInitial: () => null })).config;
}
