/** The types that the page and its server exchange. */

import type { Spikes } from "@memnet/runs/spikes";
import type { Goal } from "./plot.ts";
import type { Thinned } from "./thin.ts";

export interface ListedRun {
  readonly run: string;
  readonly state: string;
  readonly reason: string | null;
  readonly model: string;
  /** The model in words, with its controller and variants. */
  readonly network: string;
  readonly task: string;
  /** The step of the newest figures; 0 if there are none yet. */
  readonly step: number;
  readonly steps: number;
  /** Training loss, bits per sequence. */
  readonly loss: number | null;
  /** Wrong bits on validation, per sequence. */
  readonly wrongBits: number | null;
  /** ISO 8601, UTC. */
  readonly created: string;
  readonly seed: number;
  /** From the beginning to the newest line, pauses included; null before the first line. */
  readonly seconds: number | null;
  /** The settings, by path, in which the run differs from others of its model and task. */
  readonly settings: Readonly<Record<string, string>>;
  /** The figures of validation at the best step; null if there are none. */
  readonly atBest: BestFigures | null;
  /** Whether all evaluations have been read; a list of long runs takes several readings. */
  readonly isRead: boolean;
  readonly note: Note;
}

export interface BestFigures {
  readonly step: number;
  readonly wrongBits: number;
  readonly lossBits: number;
  readonly exact: number;
}

/** A person's note on a run. */
export interface Note {
  readonly text: string;
  readonly tags: readonly string[];
}

/** What is known of a run before its figures are read. */
export interface RunHead
  extends Pick<
    ListedRun,
    "run" | "state" | "reason" | "model" | "network" | "task" | "steps" | "created" | "seed" | "note"
  > {
  /** The sweep that the run belongs to; null if there is none. */
  readonly sweep: string | null;
  readonly training: unknown;
  readonly operation: { readonly trainers: number };
  readonly fingerprint: string | null;
  readonly relaxedFrom: number | null;
  /** Trainers and data-envs that were wrong and are excluded, and why. */
  readonly quarantined: readonly string[];
  readonly versions: Readonly<Record<string, string>>;
  readonly machine: string;
}

export interface RunDetails extends RunHead, ListedRun {
  /** Of the validation loss. */
  readonly spikes: Spikes;
  readonly sequencesPerStep: number;
  /** The condition that ends the run, such as `wrongBits<0.1`; null if its steps alone do. */
  readonly goal: Goal | null;
  /** Steps that have a file, ascending. */
  readonly checkpoints: readonly number[];
  readonly best: number | null;
}

/** One split's figures, point by point. */
export interface SplitCurve {
  readonly split: string;
  readonly steps: readonly number[];
  /** Seconds of training up to each step. */
  readonly seconds: readonly number[];
  /** Bits per sequence. */
  readonly losses: readonly (number | null)[];
  readonly wrongBits: readonly (number | null)[];
  /** 0 … 1 */
  readonly exact: readonly (number | null)[];
  /** The least loss that any model can expect, in bits per sequence; null if the task knows none. */
  readonly floor: number | null;
}

/** An event beside the figures, such as a trainer joining or leaving, a wait or a repair. */
export interface RunEvent {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly event: string;
  /** All other fields as text. */
  readonly text: string;
}

export interface Curves {
  readonly run: string;
  /** Where these curves end; the stream of new lines continues there. */
  readonly cursor: string;
  /** Loss in bits per sequence. */
  readonly training: Thinned;
  /** Norms of the gradient before clipping, at the same steps. */
  readonly gradients: Omit<Thinned, "steps">;
  /** Seconds of training up to each of these steps; pauses do not count. */
  readonly seconds: readonly number[];
  /** Validation first, then the sizes beyond training. */
  readonly splits: readonly SplitCurve[];
  /** The newest events, oldest first. */
  readonly events: readonly RunEvent[];
  /** The last step that was computed twice; 0 if none was. */
  readonly audited: number;
}

/** A setting of a task that can be chosen for an episode. */
export interface EpisodeSize {
  readonly name: string;
  /** The least and the largest of training, in any stage of the curriculum. */
  readonly trained: readonly [number, number];
  /** The value shown first: the largest of training's beginning. */
  readonly first: number;
  /** The largest value that can be played. */
  readonly max: number;
}

/** Details of the model, which need the run's task to compute. */
export interface ModelDetails {
  readonly parts: readonly { readonly part: string; readonly detail: string; readonly parameters: number }[];
  readonly parameters: number;
  readonly tensors: readonly { readonly name: string; readonly shape: readonly number[] }[];
  /** Validation loss of a model that gives each bit the same chance, in nats per sequence. */
  readonly guessingLoss: number;
  readonly sizes: readonly EpisodeSize[];
  /** The learning rate at some steps, ascending; null if it is constant. */
  readonly rates: readonly (readonly [step: number, rate: number])[] | null;
  /** The curriculum's stages. */
  readonly stages: readonly Stage[];
}

/** A stage of the curriculum: the step that begins it, and the settings of the task that it changes, as text. */
export interface Stage {
  readonly from: number;
  readonly settings: string;
}

/** The mean step of the last seconds, in milliseconds; `rest` is the time outside all phases. */
export interface StepTime {
  /** Number of steps averaged. */
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
  /** The current step, not that of the last snapshot; the same holds for `loss`, in bits per sequence. */
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
  /** Micro-batches or batches per second, over the last seconds. */
  readonly perSecond: number;
  /** Median time to compute a node, or to answer a request. */
  readonly ms: number | null;
  /** Fraction of the time that the engine computes. */
  readonly busy: number | null;
}

export interface Workers {
  readonly count: number;
  readonly perSecond: number;
  /** A summary of all workers in words. */
  readonly does: string;
  /** Whether each row stands for a machine, because there are many workers. */
  readonly byMachine: boolean;
  readonly rows: readonly (Worker & { readonly count: number })[];
  /** Number of machines left out. */
  readonly more: number;
}

/** The actors that work for a run now. */
export interface Cluster {
  /** Null if no coordinator trains the run. */
  readonly coordinator: Leader | null;
  readonly trainers: Workers;
  /** Data-envs serve all runs. */
  readonly dataEnvs: Workers;
  readonly idleTrainers: number;
  readonly otherTrainers: number;
}
