/** The queue of runs that workers take from, over NATS or within a simulation. */

import type { QueueKind } from "@memnet/protocol";

/** A run to train, as the queue keeps it. */
export interface QueuedRun {
  readonly kind: QueueKind;
  readonly sweep: string;
  readonly run: string;
  /** For the workers alone to read. */
  readonly payload: Uint8Array;
}

/**
 * A run that a worker has taken. The queue gives it to another worker if it hears nothing for 10 s. It then may have two
 * workers; the evaluator lets only one of them hold the run.
 */
export interface TakenRun extends QueuedRun {
  /** How often the queue has given it out, this time included. */
  readonly deliveries: number;
  /** Says that the worker still works on it. */
  working(): void;
  /** Removes it from the queue. */
  done(): Promise<void>;
  /** Gives it back; another worker may take it after `ms`. */
  giveBack(ms: number): void;
  /** Removes it from the queue unfinished. */
  drop(reason: string): void;
}

export interface QueueLength {
  readonly waiting: number;
  readonly taken: number;
}

export interface RunQueue {
  /** Adds a run unless it is in the queue. */
  put(run: QueuedRun): Promise<void>;
  /** Takes a run; null if there was none within some seconds, or the signal was aborted. */
  take(kind: QueueKind, signal: AbortSignal): Promise<TakenRun | null>;
  /** Returns the names of a sweep's runs that are in the queue or with a worker. */
  runs(sweep: string): Promise<ReadonlySet<string>>;
  /** Counts the runs that wait for a worker of this kind, and those that one has. */
  length(kind: QueueKind): Promise<QueueLength>;
  /** Removes one run of a sweep. */
  remove(sweep: string, run: string): Promise<void>;
  /** Removes a sweep's runs. Workers finish or give back those that they have. */
  clear(sweep: string): Promise<void>;
}

/** How long a worker may be silent about a run that it has taken. */
export const silenceMsMax = 10_000;
