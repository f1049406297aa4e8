/** Computes where a step's time goes, from two readings of the services' own metrics. */

import { type Sample, total } from "./samples.ts";

/** The metrics of a run's processes at one moment. */
export interface Reading {
  /** By the reader's clock. */
  readonly atMs: number;
  readonly coordinator: readonly Sample[];
  /** By trainer id. */
  readonly trainers: ReadonlyMap<string, readonly Sample[]>;
  /** User and system time since each process started; null if the system does not report it. */
  readonly cpuSeconds: ReadonlyMap<string, number | null>;
}

/** Means over the steps between two readings; all times are milliseconds per step. */
export interface Anatomy {
  readonly steps: number;
  readonly wall: number;
  /**
   * `firstResult` is the time from the broadcast to the first accepted result, `otherResults` from there to the last.
   */
  readonly coordinator: {
    readonly send: number;
    readonly firstResult: number;
    readonly otherResults: number;
    readonly add: number;
    readonly update: number;
    /** The time between two steps, and between threads if there are any. */
    readonly other: number;
  };
  /** The mean over all trainers. */
  readonly trainer: {
    readonly waitParameters: number;
    readonly waitBatches: number;
    readonly compute: number;
    /** The time for hashing and publishing gradients. */
    readonly publish: number;
    /** The time between messages, and between threads if there are any. */
    readonly other: number;
  };
  /** Payloads in bytes per step. A trainer's are the mean over all trainers. */
  readonly bytes: {
    readonly coordinatorSends: number;
    readonly coordinatorReceives: number;
    readonly trainerSends: number;
    readonly trainerReceives: number;
  };
  /** Processor time by process. */
  readonly cpu: Readonly<Record<string, number | null>>;
}

/** @throws RangeError if no step was taken between the readings, or if their processes differ */
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
  const mean = (of: (before: readonly Sample[], after: readonly Sample[]) => number) =>
    [...after.trainers]
      .map(([id, samples]) => of(before.trainers.get(id)!, samples) / steps)
      .reduce((sum, one) => sum + one, 0) / after.trainers.size;
  const each = (name: string, labels?: Record<string, string>) =>
    mean((before, after) => took(before, after, name, labels));
  const carried = (direction: "in" | "out") => (before: readonly Sample[], after: readonly Sample[]) =>
    gained(before, after, "memnet_bus_bytes_total", { direction });
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
    bytes: {
      coordinatorSends: carried("out")(before.coordinator, after.coordinator) / steps,
      coordinatorReceives: carried("in")(before.coordinator, after.coordinator) / steps,
      trainerSends: mean(carried("out")),
      trainerReceives: mean(carried("in")),
    },
    cpu: Object.fromEntries(cpu),
  };
}

/** The milliseconds that a histogram of seconds has gained. */
function took(
  before: readonly Sample[],
  after: readonly Sample[],
  name: string,
  labels?: Record<string, string>,
): number {
  return 1000 * gained(before, after, `${name}_sum`, labels);
}

function gained(
  before: readonly Sample[],
  after: readonly Sample[],
  name: string,
  labels?: Record<string, string>,
): number {
  return total(after, name, labels) - total(before, name, labels);
}

function withOther<Parts extends Record<string, number>>(wall: number, parts: Parts) {
  return { ...parts, other: wall - Object.values(parts).reduce((sum, part) => sum + part, 0) };
}

function sameKeys(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): boolean {
  return a.size === b.size && [...a.keys()].every((key) => b.has(key));
}
