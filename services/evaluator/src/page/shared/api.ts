/** What the page asks of its server, as both know it. */

import type { Thinned } from "./thin.ts";

export interface ListedRun {
  readonly run: string;
  readonly state: string;
  readonly reason: string | null;
  readonly model: string;
  readonly task: string;
  /** Of the newest figures; 0 where there are none yet. */
  readonly step: number;
  readonly steps: number;
  /** Training, nats per sequence. */
  readonly loss: number | null;
  /** Validation, per sequence. */
  readonly wrongBits: number | null;
  /** ISO 8601, UTC. */
  readonly created: string;
}

export interface RunDetails extends ListedRun {
  readonly training: unknown;
  readonly operation: unknown;
  readonly fingerprint: string | null;
  readonly relaxedFrom: number | null;
  readonly versions: Readonly<Record<string, string>>;
  readonly machine: string;
  readonly seed: number;
  /** Steps that have a file, ascending. */
  readonly checkpoints: readonly number[];
  readonly best: number | null;
}

/** One split's figures, point by point. */
export interface SplitCurve {
  readonly split: string;
  readonly steps: readonly number[];
  /** Nats per sequence. */
  readonly losses: readonly (number | null)[];
  readonly wrongBits: readonly (number | null)[];
  /** 0 … 1 */
  readonly exact: readonly (number | null)[];
}

/** Beside the figures: who came and went, what a run waited for, what was put right. */
export interface RunEvent {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly event: string;
  /** Everything else that is known of it. */
  readonly text: string;
}

export interface Curves {
  readonly run: string;
  /** Where these end: the stream of new lines goes on from there. */
  readonly cursor: string;
  readonly training: Thinned;
  /** Validation first, then the sizes beyond training. */
  readonly splits: readonly SplitCurve[];
  /** The newest, oldest first. */
  readonly events: readonly RunEvent[];
}

/** One setting of a task that an episode may choose. */
export interface EpisodeSize {
  readonly name: string;
  readonly trained: readonly [number, number];
  /** The largest that is computed: the largest of training and of the evaluations beyond it. */
  readonly max: number;
}

/** What takes the run's task and model to tell. */
export interface ModelDetails {
  readonly parts: readonly { readonly part: string; readonly detail: string; readonly parameters: number }[];
  readonly parameters: number;
  readonly tensors: readonly { readonly name: string; readonly shape: readonly number[] }[];
  /** The loss of a model that gives each bit the same chance, on validation: nats per sequence. */
  readonly guessingLoss: number;
  readonly sizes: readonly EpisodeSize[];
}

/** A mean step of the last seconds, in milliseconds; `rest` is what no phase tells of. */
export interface StepTime {
  /** How many steps it is the mean of. */
  readonly steps: number;
  readonly whole: number;
  readonly wait: number;
  readonly add: number;
  readonly update: number;
  readonly send: number;
  readonly rest: number;
}

/** The coordinator of a run. */
export interface Leader {
  readonly machine: string;
  readonly state: string;
  readonly waitsFor: string | null;
  readonly waitsSeconds: number | null;
  readonly epoch: number;
  /** Now, not as of the last snapshot. */
  readonly step: number;
  readonly loss: number | null;
  readonly stepsPerSecond: number;
  readonly stepMs: StepTime | null;
}

/** A trainer or a data-env. */
export interface Worker {
  readonly id: string;
  readonly machine: string;
  readonly does: string;
  readonly engine: string | null;
  /** Micro-batches, or batches, in the last seconds. */
  readonly perSecond: number;
  /** A node's computation, or an answer; in the middle. */
  readonly ms: number | null;
  /** The engine's share of the time. */
  readonly busy: number | null;
}

export interface Workers {
  readonly count: number;
  readonly perSecond: number;
  /** All of them in words. */
  readonly does: string;
  /** Whether they are so many that each row is a machine's. */
  readonly byMachine: boolean;
  readonly rows: readonly (Worker & { readonly count: number })[];
  /** Machines that are not shown. */
  readonly more: number;
}

/** Who works for a run now. */
export interface Cluster {
  /** Null where nobody trains it. */
  readonly coordinator: Leader | null;
  readonly trainers: Workers;
  /** They serve all runs. */
  readonly dataEnvs: Workers;
  readonly idleTrainers: number;
  readonly otherTrainers: number;
}
