/** Where a step's time goes, from two readings of the services' own figures. */

import { type Sample, total } from "./samples.ts";

/** What the processes of a run say of themselves at one moment. */
export interface Reading {
  /** By the reader's clock. */
  readonly atMs: number;
  readonly coordinator: readonly Sample[];
  /** By their ids. */
  readonly trainers: ReadonlyMap<string, readonly Sample[]>;
  /** User and system time since its start, by process; null where the system does not tell. */
  readonly cpuSeconds: ReadonlyMap<string, number | null>;
}

/** Means over the steps between two readings; all times in milliseconds a step. */
export interface Anatomy {
  readonly steps: number;
  readonly wall: number;
  /** `firstResult` is from the broadcast to the first result that counts, `otherResults` from there to the last. */
  readonly coordinator: {
    readonly send: number;
    readonly firstResult: number;
    readonly otherResults: number;
    readonly add: number;
    readonly update: number;
    /** Between its threads, and between two steps. */
    readonly other: number;
  };
  /** Of one trainer: the mean over all. */
  readonly trainer: {
    readonly waitParameters: number;
    readonly waitBatches: number;
    readonly compute: number;
    /** Hashing and publishing gradients. */
    readonly publish: number;
    /** Between its threads. */
    readonly other: number;
  };
  /** By process. */
  readonly cpu: Readonly<Record<string, number | null>>;
}

/** @throws RangeError where no step was taken between them, or a process is not the same */
export function anatomyOf(before: Reading, after: Reading): Anatomy {
  const steps =
    total(after.coordinator, "memnet_step_seconds_count") -
    total(before.coordinator, "memnet_step_seconds_count");
  if (!(steps > 0)) throw new RangeError(`Cannot tell where a step's time goes: ${steps} steps were taken`);
  if (!sameKeys(before.trainers, after.trainers) || !sameKeys(before.cpuSeconds, after.cpuSeconds)) {
    throw new RangeError("Cannot tell where a step's time goes: a process was started meanwhile");
  }
  const wall = (after.atMs - before.atMs) / steps;
  const phase = (phase: string) =>
    took(before.coordinator, after.coordinator, "memnet_step_phase_seconds", { phase }) / steps;
  const firstResult = took(before.coordinator, after.coordinator, "memnet_step_first_result_seconds") / steps;
  const each = (name: string, labels?: Record<string, string>) =>
    [...after.trainers]
      .map(([id, samples]) => took(before.trainers.get(id)!, samples, name, labels) / steps)
      .reduce((sum, one) => sum + one, 0) / after.trainers.size;
  const cpu = [...after.cpuSeconds].map(([process, seconds]) => {
    const since = before.cpuSeconds.get(process)!;
    return [process, seconds === null || since === null ? null : (1000 * (seconds - since)) / steps];
  });
  return {
    steps,
    wall,
    coordinator: withOther(wall, {
      send: phase("send"),
      firstResult,
      otherResults: phase("wait") - firstResult,
      add: phase("add"),
      update: phase("update"),
    }),
    trainer: withOther(wall, {
      waitParameters: each("memnet_trainer_wait_seconds", { for: "parameters" }),
      waitBatches: each("memnet_trainer_wait_seconds", { for: "batches" }),
      compute: each("memnet_gradient_compute_seconds"),
      publish: each("memnet_gradient_publish_seconds"),
    }),
    cpu: Object.fromEntries(cpu),
  };
}

/** Milliseconds that a histogram of seconds has gained. */
function took(
  before: readonly Sample[],
  after: readonly Sample[],
  name: string,
  labels?: Record<string, string>,
): number {
  return 1000 * (total(after, `${name}_sum`, labels) - total(before, `${name}_sum`, labels));
}

function withOther<Parts extends Record<string, number>>(wall: number, parts: Parts) {
  return { ...parts, other: wall - Object.values(parts).reduce((sum, part) => sum + part, 0) };
}

function sameKeys(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): boolean {
  return a.size === b.size && [...a.keys()].every((key) => b.has(key));
}
