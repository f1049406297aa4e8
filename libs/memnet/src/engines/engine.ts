/** What every engine gives: gradients, evaluations and traces of one model, on flat arrays. */

import type { Batch } from "../batch.ts";
import type { ModelConfig } from "../config/model.ts";

export interface Engine {
  readonly name: string;
  readonly model: ModelConfig;
  /** On what it computes, for people; undefined where there is nothing to say. */
  readonly detail?: string;
  /** Whether a gradient may be asked for before the one before has come: its upload then overlaps that one. */
  readonly takesTwo?: boolean;
  /**
   * The sum over the batch's sequences of the loss and of its gradient.
   *
   * @param parameters flat, in the order of `parameterLayout`
   * @param into       where the gradient sum is written, flat, of the same length and order
   * @returns          loss sum in nats
   */
  gradient(parameters: Float32Array, batch: Batch, into: Float32Array): Promise<number>;
  /** A forward pass without the cost of gradients. */
  evaluate(parameters: Float32Array, batch: Batch): Promise<Evaluation>;
  /** A forward pass that keeps the memory and all weights at every time. */
  trace(parameters: Float32Array, batch: Batch): Promise<Trace>;
  /** Milliseconds that a device computed, of all calls so far; undefined where none can tell. */
  busyMs?(): number | undefined;
  dispose(): void;
}

/** How an engine is made; each takes what concerns it. */
export interface EngineOptions {
  /** Whether engine webgpu takes a GPU that is a program; it does where nothing is said. */
  readonly software?: boolean;
  /** Whether a device measures how long it is busy: `busyMs`. */
  readonly timed?: boolean;
}

export interface Evaluation {
  /** Loss summed over sequences, in nats. */
  readonly loss: number;
  /** Wrong bits summed over sequences, over unmasked times and bits; a logit above 0 is a 1. */
  readonly wrongBits: number;
  /** Sequences without a wrong bit among those that count; one of which nothing counts is none. */
  readonly exact: number;
}

export interface TraceTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * What the memory did, time by time; every tensor starts with [time, batch]. Besides the logits, [time, batch, output],
 * it holds what `traceShapes` lists.
 */
export type Trace = Readonly<Record<string, TraceTensor>>;
