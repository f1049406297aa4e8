/** Formats the output of `--cluster`. */

import { table } from "../bin/src/text/table.ts";
import type { Anatomy } from "./anatomy.ts";
import { milliseconds, ratioText } from "./report.ts";

/** The timing of one run with a given number of trainers. */
export interface ClusterTiming {
  readonly preset: string;
  readonly engine: string;
  readonly sequences: number;
  readonly microBatch: number;
  readonly trainers: number;
  /** From the median step, measured from its broadcast to its update. */
  readonly stepsPerSecond: number;
  readonly anatomy: Anatomy;
}

/** The rows that `--json` prints as an array. */
export interface ClusterRow extends Omit<ClusterTiming, "anatomy"> {
  /** How many times faster the run is than with one trainer; null if that was not timed. */
  readonly speedup: number | null;
  readonly steps: number;
  readonly millisecondsPerStep: number;
  /** In milliseconds per step. */
  readonly coordinator: Anatomy["coordinator"];
  readonly trainer: Anatomy["trainer"];
  readonly bytes: Anatomy["bytes"];
  readonly cpu: Anatomy["cpu"];
}

export function clusterRow(timing: ClusterTiming, all: readonly ClusterTiming[]): ClusterRow {
  const { anatomy, ...rest } = timing;
  const { steps, wall, coordinator, trainer, bytes, cpu } = anatomy;
  const speedup = speedupOf(timing, all);
  return { ...rest, speedup, steps, millisecondsPerStep: wall, coordinator, trainer, bytes, cpu };
}

/** How many times faster the run is than with one trainer at the same preset and number of sequences. */
export function speedupOf(timing: ClusterTiming, all: readonly ClusterTiming[]): number | null {
  const alone = all.find(
    ({ preset, sequences, trainers }) =>
      trainers === 1 && preset === timing.preset && sequences === timing.sequences,
  );
  return alone ? timing.stepsPerSecond / alone.stepsPerSecond : null;
}

export function clusterTables(timings: readonly ClusterTiming[]): string {
  return [
    pace(timings),
    `Of a step, as the coordinator sees it, in ms:\n${parts(timings, coordinatorParts, "coordinator")}`,
    `Of a step, as a trainer sees it (the mean over all of them), in ms:\n${parts(timings, trainerParts, "trainer")}`,
    `Messages of a step, in kB; a trainer's are the mean over all of them:\n${traffic(timings)}`,
    `Processor time for a step, user and system, in ms:\n${processors(timings)}`,
  ].join("\n\n");
}

const coordinatorParts: Readonly<Record<keyof Anatomy["coordinator"], string>> = {
  send: "hash, send",
  firstResult: "first result",
  otherResults: "other results",
  add: "add",
  update: "update",
  other: "other",
};

const trainerParts: Readonly<Record<keyof Anatomy["trainer"], string>> = {
  waitParameters: "wait: parameters",
  waitBatches: "wait: batches",
  compute: "compute",
  publish: "hash, publish",
  other: "other",
};

function pace(timings: readonly ClusterTiming[]): string {
  return table(
    [...placeHeads, ">steps", ">median steps/s", ">× 1 trainer", ">mean ms a step"],
    timings.map((timing) => [
      ...place(timing),
      String(timing.anatomy.steps),
      timing.stepsPerSecond.toFixed(2),
      ratioText(speedupOf(timing, timings) ?? undefined),
      milliseconds(timing.anatomy.wall),
    ]),
  );
}

function parts<Of extends "coordinator" | "trainer">(
  timings: readonly ClusterTiming[],
  heads: Readonly<Record<keyof Anatomy[Of], string>>,
  of: Of,
): string {
  const names = Object.keys(heads) as (keyof Anatomy[Of])[];
  return table(
    [...placeHeads, ...names.map((name) => `>${heads[name]}`)],
    timings.map((timing) => [
      ...place(timing),
      ...names.map((name) => milliseconds(timing.anatomy[of][name] as number)),
    ]),
  );
}

function traffic(timings: readonly ClusterTiming[]): string {
  return table(
    [...placeHeads, ">coordinator sends", ">coordinator receives", ">a trainer receives", ">a trainer sends"],
    timings.map((timing) => {
      const { coordinatorSends, coordinatorReceives, trainerReceives, trainerSends } = timing.anatomy.bytes;
      const all = [coordinatorSends, coordinatorReceives, trainerReceives, trainerSends];
      return [...place(timing), ...all.map((bytes) => (bytes / 1000).toFixed(1))];
    }),
  );
}

/**
 * Formats processor time, summed over trainers and over data-envs. The last column is the number of busy processors.
 */
function processors(timings: readonly ClusterTiming[]): string {
  const services = ["broker", "coordinator", "evaluator", "data-env", "trainer"];
  return table(
    [...placeHeads, ...services.map((service) => `>${service}`), ">all", ">processors"],
    timings.map((timing) => {
      const { cpu, wall } = timing.anatomy;
      const spent = services.map((service) =>
        sum(Object.keys(cpu).flatMap((process) => (process.startsWith(service) ? [cpu[process]!] : []))),
      );
      const all = sum(Object.values(cpu));
      const busy = all === null ? "" : (all / wall).toFixed(2);
      return [...place(timing), ...[...spent, all].map((ms) => (ms === null ? "" : milliseconds(ms))), busy];
    }),
  );
}

/** The sum of the values; null if any of them is unknown. */
function sum(values: readonly (number | null)[]): number | null {
  return values.reduce((all, value) => (all === null || value === null ? null : all + value), 0);
}

const placeHeads = ["preset", ">sequences", ">trainers"];

function place({ preset, sequences, microBatch, trainers }: ClusterTiming): string[] {
  return [preset, `${sequences / microBatch} × ${microBatch}`, String(trainers)];
}
