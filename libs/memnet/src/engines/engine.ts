/** Engines compute gradients, evaluations and traces of one model, on flat arrays. */

import type { Batch } from "../batch.ts";
import type { ModelConfig } from "../config/model.ts";

export interface Engine {
  readonly name: string;
  readonly model: ModelConfig;
  /** A human-readable description of the device, if there is anything to say. */
  readonly detail?: string;
  /** Whether a gradient may be requested before the one before has arrived: its upload then overlaps that one. */
  readonly takesTwo?: boolean;
  /**
   * Sums the loss and its gradient over the batch's sequences.
   *
   * @param parameters flat, in the order of `parameterLayout`
   * @param into       where the gradient goes, flat, of the same length and order
   * @returns          the loss in nats
   */
  gradient(parameters: Float32Array, batch: Batch, into: Float32Array): Promise<number>;
  /** A forward pass without the cost of gradients. */
  evaluate(parameters: Float32Array, batch: Batch): Promise<Evaluation>;
  /** A forward pass. @returns the logits, [time, batch, output]; targets and mask do not matter */
  predict(parameters: Float32Array, batch: Batch): Promise<Float32Array>;
  /** A forward pass one time after another, each when its input is there. Only engine wasm has it. */
  stream?(parameters: Float32Array, sequences: number): Promise<EngineStream>;
  /** A forward pass that keeps the memory and all weights of every time. */
  trace(parameters: Float32Array, batch: Batch): Promise<Trace>;
  /** Milliseconds for which a device has computed so far; undefined if it cannot tell. */
  busyMs?(): number | undefined;
  dispose(): void;
}

export interface EngineStream {
  /** Takes x, [batch, input], of the next time. @returns its logits, [batch, output] */
  next(x: Float32Array): Float32Array;
}

export interface EngineOptions {
  /** Whether engine webgpu accepts a software GPU; true by default. */
  readonly software?: boolean;
  /** Whether to measure `busyMs`. */
  readonly timed?: boolean;
}

export interface Evaluation {
  /** Loss summed over sequences, in nats. */
  readonly loss: number;
  /** Wrong bits summed over sequences; a logit above 0 is a 1. */
  readonly wrongBits: number;
  /** Sequences without a wrong bit; a sequence of which nothing counts is not exact. */
  readonly exact: number;
}

export interface TraceTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Names of a trace's tensors. */
export type TraceName =
  | "logits"
  | "memory"
  | "writeWeights"
  | "readWeights"
  | "add"
  | "writeStrength"
  | "readStrength"
  | "writeGate"
  | "readGate"
  | "writeShift"
  | "readShift"
  | "writeSharpen"
  | "readSharpen"
  | "usage"
  | "allocationWeights"
  | "contentWeights"
  | "allocationGate"
  | "freeGate"
  | "readMode"
  | "link";

/**
 * The memory, weights and gates at every time. Each tensor's shape begins with [time, batch]; `traceShapes` has the rest.
 * All models have logits, those with a memory the memory and weights of heads, and each kind its own gates.
 */
export type Trace = { readonly logits: TraceTensor } & { readonly [Name in TraceName]?: TraceTensor };
