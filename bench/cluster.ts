/** `--cluster`: whole runs of the real system, with more and more trainers. */

import type { RunConfig, Settings } from "memnet";
import { configure } from "../bin/src/configure/configure.ts";
import type { ClusterTiming } from "./cluster-report.ts";
import { clusterRun } from "./cluster-run.ts";
import { type Bounds, median } from "./timing.ts";

export interface ClusterWanted {
  readonly presets: readonly string[];
  /** Undefined for the fastest that works here. */
  readonly engine: string | undefined;
  readonly sequences: readonly number[];
  /** Undefined for the preset's. */
  readonly microBatch: number | undefined;
  readonly trainers: readonly number[];
  readonly bounds: Bounds;
}

/** No measurement comes so far: no checkpoint, no evaluation and no end falls into it. */
const unreached = 1_000_000_000;

/** @param complain told of each run as it is begun, for they take a while */
export async function timeClusters(
  wanted: ClusterWanted,
  complain: (line: string) => void,
): Promise<ClusterTiming[]> {
  const configs: { name: string; config: RunConfig }[] = [];
  // All of them before the first run: a mistake shows at once.
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

/** A preset's configuration for a run that neither evaluates nor ends while it is measured. */
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
