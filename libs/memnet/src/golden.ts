/** Compares engines with golden files, the answers of an independent implementation. docs/model.md §16.2. */

import type { Batch } from "./batch.ts";
import { type ModelConfig, modelConfig } from "./config/model.ts";
import type { Engine, TraceTensor } from "./engines/engine.ts";
import { flatParameters } from "./parameters.ts";
import type { Safetensors } from "./safetensors.ts";

/** The largest errors: of loss and gradient relative, of the final memory and weights and of the logits absolute. */
export interface GoldenTolerance {
  readonly loss: number;
  readonly gradient: number;
  readonly memory: number;
  readonly logits: number;
}

export interface GoldenResult {
  readonly lossError: number;
  readonly gradientError: number;
  readonly memoryError: number;
  readonly logitsError: number;
  /** Whether wrong bits and exact sequences are those in the file. */
  readonly countsAgree: boolean;
  readonly pass: boolean;
}

/** The model of a golden file. */
export function goldenModel({ metadata: { config } }: Safetensors): ModelConfig {
  try {
    return modelConfig.parse(JSON.parse(config ?? ""));
  } catch (cause) {
    throw new RangeError(`Cannot check a golden file: its config must be a model's in JSON, got ${config}`, {
      cause,
    });
  }
}

/** docs/model.md §17.1. */
export function goldenTolerance(engineName: string): GoldenTolerance {
  // tfjs's kernels add in orders of their own, and some approximate exp and tanh.
  if (engineName.startsWith("tfjs-")) return { loss: 1e-5, gradient: 1e-4, memory: 1e-5, logits: 1e-4 };
  // The bits are the same everywhere: loss 2e-8, gradient 4e-7, memory 3e-7, logits 4e-7 at most.
  if (engineName === "wasm") return { loss: 1e-7, gradient: 1e-6, memory: 1e-6, logits: 1e-6 };
  // Compilers may fuse and reorder. SwiftShader: loss 3e-8, gradient 3e-7, memory 2e-7, logits 2e-7 at most.
  if (engineName === "webgpu") return { loss: 1e-6, gradient: 1e-5, memory: 1e-5, logits: 1e-5 };
  // Ten times what a careful float32 implementation reaches.
  return { loss: 2e-6, gradient: 1e-5, memory: 3e-6, logits: 3e-5 };
}

/**
 * Compares an engine with a model's golden file. The file's figures are means over its batch, the engine's are sums.
 *
 * @throws RangeError if the file is for another model, lacks a tensor, or has one of a wrong shape
 */
export async function checkGolden(
  engine: Engine,
  file: Safetensors,
  tolerance: GoldenTolerance = goldenTolerance(engine.name),
): Promise<GoldenResult> {
  const model = goldenModel(file);
  if (JSON.stringify(model) !== JSON.stringify(modelConfig.parse(engine.model))) {
    throw new RangeError(
      `Cannot check ${engine.name}: its model must be the file's ${JSON.stringify(model)}, got ${JSON.stringify(engine.model)}`,
    );
  }
  const batch = goldenBatch(model, file);
  const { times, sequences } = batch;
  const tensorsOf = (prefix: string) =>
    flatParameters(model, (name, shape) => need(file, `${prefix}.${name}`, shape));
  const parameters = tensorsOf("parameters");
  const expectedGradient = tensorsOf("gradients");
  const expectedLoss = need(file, "loss", [1])[0]!;

  const into = new Float32Array(parameters.length);
  const lossSum = await engine.gradient(parameters, batch, into);
  const gradientMean = into.map((value) => value / sequences);
  const counts = await engine.evaluate(parameters, batch);
  const trace = await engine.trace(parameters, batch);

  const { output, slots, width, reads, writes } = model;
  const ofMemory = [
    ["memory", "final.memory", [sequences, slots, width]],
    ["writeWeights", "final.write_weights", [sequences, writes, slots]],
    ["readWeights", "final.read_weights", [sequences, reads, slots]],
  ] as const;
  const final = model.model === "lstm" ? [] : ofMemory;
  const lossErrors = [lossSum, counts.loss].map(
    (sum) => Math.abs(sum / sequences - expectedLoss) / expectedLoss,
  );
  const lossError = Math.max(...lossErrors);
  const gradientError = distance(gradientMean, expectedGradient) / distance(expectedGradient);
  const memoryError = largest(
    final.map(([name, stored, shape]) => farthest(lastTime(trace[name]!), need(file, stored, shape))),
  );
  const logitsError = farthest(trace.logits!.data, need(file, "logits", [times, sequences, output]));
  const countsAgree =
    isMean(need(file, "wrong_bits", [1])[0]!, counts.wrongBits, sequences) &&
    isMean(need(file, "exact", [1])[0]!, counts.exact, sequences);
  const isClose =
    lossError <= tolerance.loss &&
    gradientError <= tolerance.gradient &&
    memoryError <= tolerance.memory &&
    logitsError <= tolerance.logits;
  return { lossError, gradientError, memoryError, logitsError, countsAgree, pass: countsAgree && isClose };
}

function goldenBatch({ input, output }: ModelConfig, file: Safetensors): Batch {
  const [times = 0, sequences = 0] = file.tensors.get("x")?.shape ?? [];
  const floats = (name: string, ...axes: number[]) =>
    Float32Array.from(need(file, name, [times, sequences, ...axes]));
  return { times, sequences, x: floats("x", input), y: floats("y", output), mask: floats("mask") };
}

function need(file: Safetensors, name: string, shape: readonly number[]): Float32Array | Float64Array {
  const tensor = file.tensors.get(name);
  if (tensor === undefined) throw new RangeError(`Cannot check a golden file: it must have ${name}`);
  if (tensor.shape.join() !== shape.join() || shape.includes(0)) {
    throw new RangeError(`Cannot check a golden file: ${name} must be [${shape}], got [${tensor.shape}]`);
  }
  return tensor.data;
}

function lastTime({ shape, data }: TraceTensor): Float32Array {
  return data.subarray(data.length - data.length / shape[0]!);
}

/** Whether a stored mean is that of this sum; some files store it in float32. */
function isMean(stored: number, sum: number, sequences: number): boolean {
  return Math.fround(stored) === Math.fround(sum / sequences);
}

/** √Σ(a − b)², or √Σa². */
function distance(a: ArrayLike<number>, b?: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += (a[index]! - (b?.[index] ?? 0)) ** 2;
  return Math.sqrt(sum);
}

/** The largest |a − b|; arrays of different lengths are infinitely far apart. */
function farthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return largest(Array.from(a, (value, index) => Math.abs(value - b[index]!)));
}

/** The largest; NaN if one of them is. */
function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}
