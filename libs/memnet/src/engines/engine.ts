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

/** A tensor of a trace. */
export interface TraceTensor {
  /** [time, batch, …] */
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Float32Array;
}

/**
 * The memory, weights and gates at every time. Each tensor's shape begins with [time, batch]. All models have logits, those
 * with a memory the memory and the weights of heads, and each kind its own gates.
 */
export type Trace = {
  /** [time, batch, output]; above 0 is a 1. */
  readonly logits: TraceTensor;
  /** [time, batch, slots, width], after the write; docs/model.md §4.2. */
  readonly memory?: TraceTensor;
  /** [time, batch, writes, slots], in 0 … 1. */
  readonly writeWeights?: TraceTensor;
  /** [time, batch, reads, slots], in 0 … 1. */
  readonly readWeights?: TraceTensor;
  /** [time, batch, writes, width], what each write head adds; docs/model.md §4.2. */
  readonly add?: TraceTensor;
  /** [time, batch, writes], key strengths β; docs/model.md §4.1. */
  readonly writeStrength?: TraceTensor;
  /** [time, batch, reads], key strengths β; docs/model.md §4.1. */
  readonly readStrength?: TraceTensor;
  /** [time, batch, writes], in 0 … 1, an NTM's interpolation gates g, docs/model.md §5.2; a DNC's write gates, §6.4. */
  readonly writeGate?: TraceTensor;
  /** NTM: [time, batch, reads], in 0 … 1, the interpolation gates g; docs/model.md §5.2. */
  readonly readGate?: TraceTensor;
  /** NTM: [time, batch, writes, shifts], in 0 … 1, with sum 1; docs/model.md §5.2. */
  readonly writeShift?: TraceTensor;
  /** NTM: [time, batch, reads, shifts], in 0 … 1, with sum 1; docs/model.md §5.2. */
  readonly readShift?: TraceTensor;
  /** NTM: [time, batch, writes], sharpening γ, at least 1; docs/model.md §5.2. */
  readonly writeSharpen?: TraceTensor;
  /** NTM: [time, batch, reads], sharpening γ, at least 1; docs/model.md §5.2. */
  readonly readSharpen?: TraceTensor;
  /** DNC: [time, batch, slots], in 0 … 1; docs/model.md §6.2. */
  readonly usage?: TraceTensor;
  /** DNC: [time, batch, writes, slots], what the allocation gate mixes into the write weights; docs/model.md §6.4. */
  readonly allocationWeights?: TraceTensor;
  /** DNC: [time, batch, writes, slots], what is mixed with them; docs/model.md §6.4. */
  readonly contentWeights?: TraceTensor;
  /** DNC: [time, batch, writes], in 0 … 1; docs/model.md §6.4. */
  readonly allocationGate?: TraceTensor;
  /** DNC: [time, batch, reads], in 0 … 1; docs/model.md §6.2. */
  readonly freeGate?: TraceTensor;
  /** DNC: [time, batch, reads, 2 × writes + 1], with sum 1: backward, content, forward; docs/model.md §6.6. */
  readonly readMode?: TraceTensor;
  /** DNC: [time, batch, writes, slots, slots], in 0 … 1; docs/model.md §6.5. */
  readonly link?: TraceTensor;
};

/** Names of a trace's tensors. */
export type TraceName = keyof Trace;
