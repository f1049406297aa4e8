/** A trained model: what it answers, what its memory holds meanwhile, and how well it does. */

import type { Batch } from "./batch.ts";
import { decodeCheckpoint } from "./checkpoint.ts";
import type { ModelConfig } from "./config/model.ts";
import type { TrainingConfig } from "./config/training.ts";
import type { Engine, Trace } from "./engines/engine.ts";
import { createEngine, type EngineName } from "./engines/registry.ts";
import { parametersHash } from "./sha256.ts";

/** How to load a model. */
export interface LoadOptions {
  /** `wasm`, the default, gives the same bits on every machine. */
  readonly engine?: EngineName;
}

/** What a model answers. A logit above 0 is a 1. */
export interface Prediction {
  /** Times of the input. */
  readonly times: number;
  /** Sequences side by side. */
  readonly sequences: number;
  /** [time, batch, output] */
  readonly logits: Float32Array;
  /** [time, batch, output], 0 or 1 */
  readonly bits: Uint8Array;
}

/** A model that takes its inputs one time after another, and remembers those before. */
export interface ModelStream {
  /**
   * @param x [batch, input], of the next time
   * @returns its outputs, [batch, output]; a bit is 1 where the logit is above 0
   * @throws  RangeError if x has another length
   */
  next(x: Float32Array): Pick<Prediction, "logits" | "bits">;
}

/** In the shapes, `input` and `output` are those of `config`. */
export interface Model {
  /** The sizes of the network. */
  readonly config: ModelConfig;
  /** The settings that it was trained with. */
  readonly training: TrainingConfig;
  /** The steps that it was trained for. */
  readonly step: number;
  /** [parameterCount] */
  readonly parameters: Float32Array;
  /** SHA-256 of the parameters. */
  readonly sha256: string;
  /**
   * The outputs for x, with a memory that is empty at first.
   *
   * @param x         [time, batch, input], row-major; the number of times follows from its length
   * @param sequences of the batch, 1 by default
   * @throws          RangeError if x is empty or its length is not a multiple of batch × input
   */
  predict(x: Float32Array, sequences?: number): Promise<Prediction>;
  /** As `predict`, with the memory, weights and gates of every time; it takes more time and memory. */
  trace(x: Float32Array, sequences?: number): Promise<Trace>;
  /**
   * Answers time by time, with the logits of `predict`. Only engine wasm carries its state.
   *
   * @param sequences side by side, 1 by default
   * @throws          RangeError if the engine is another
   */
  stream(sequences?: number): Promise<ModelStream>;
  /** Frees what a GPU holds. */
  dispose(): void;
}

/**
 * Loads a checkpoint: the bytes of a run's best.safetensors or of `checkpoint()`. It needs no task.
 *
 * @throws RangeError if the file is damaged or no checkpoint, Error if the engine does not work here
 */
export async function loadModel(
  checkpoint: Uint8Array,
  { engine: name = "wasm" }: LoadOptions = {},
): Promise<Model> {
  const { model, training, step, parameters } = decodeCheckpoint(checkpoint);
  const engine = await createEngine(name, model);
  return {
    config: model,
    training,
    step,
    parameters,
    sha256: parametersHash(parameters),
    async predict(x, sequences = 1) {
      const batch = batchOf(model, x, sequences);
      const logits = await engine.predict(parameters, batch);
      return { times: batch.times, sequences, logits, bits: bitsOf(logits) };
    },
    trace: async (x, sequences = 1) => engine.trace(parameters, batchOf(model, x, sequences)),
    stream: (sequences = 1) => streamOf(engine, parameters, sequences),
    dispose: () => engine.dispose(),
  };
}

async function streamOf(engine: Engine, parameters: Float32Array, sequences: number): Promise<ModelStream> {
  if (!engine.stream) {
    throw new RangeError(
      `Cannot stream with engine ${engine.name}: only wasm carries its state from time to time`,
    );
  }
  const stream = await engine.stream(parameters, sequences);
  return {
    next(x) {
      const logits = stream.next(x);
      return { logits, bits: bitsOf(logits) };
    },
  };
}

function batchOf({ input, output }: ModelConfig, x: Float32Array, sequences: number): Batch {
  const times = x.length / (sequences * input);
  if (!(Number.isSafeInteger(times) && times >= 1)) {
    throw new RangeError(
      `Cannot use x: its length must be a multiple of ${sequences} × ${input}, sequences × input, got ${x.length}`,
    );
  }
  const rows = times * sequences;
  // Without targets; every time counts.
  return { times, sequences, x, y: new Float32Array(rows * output), mask: new Float32Array(rows).fill(1) };
}

function bitsOf(logits: Float32Array): Uint8Array {
  return Uint8Array.from(logits, (logit) => (logit > 0 ? 1 : 0));
}
