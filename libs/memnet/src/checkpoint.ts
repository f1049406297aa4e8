/**
 * A checkpoint: one safetensors file with parameters, optimizer state, configuration, step and checksums. Its bytes depend
 * on the training configuration and the step alone. docs/model.md §16.1.
 */

import * as z from "zod";
import { canonicalJson } from "./config/canonical-json.ts";
import { type ModelConfig, modelConfig } from "./config/model.ts";
import { type OptimizerConfig, trainingConfig, writtenTraining } from "./config/training.ts";
import type { Learner } from "./learner.ts";
import { averageNames } from "./optimizers/optimizer.ts";
import { flatParameters, parameterCount, parameterLayout } from "./parameters.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  headerBytesMax,
  type Safetensors,
  type Tensor,
} from "./safetensors.ts";
import { bytesOf, parametersHash, sha256 } from "./sha256.ts";

const format = "memnet-checkpoint-1";
const powersName = "optimizer.powers";
/** Adam's two. */
const powersMax = 2;

const metadataSchema = z.object({
  format: z.literal(format),
  config: z.string(),
  training: z.string(),
  step: z.coerce.number().pipe(z.int().min(0)),
  parameters: z.string(),
  optimizer: z.string(),
  /** Covers the metadata above: a damaged step or setting would change a run as much as a damaged tensor. */
  checksum: z.string(),
});

export function encodeCheckpoint(learner: Learner): Uint8Array {
  const { model, training, step, parameters, optimizer } = learner;
  const tensors = new Map<string, Tensor>();
  const add = (prefix: string, flat: Float32Array) => {
    for (const { name, shape, offset, length } of parameterLayout(model)) {
      tensors.set(prefix + name, { shape, data: flat.subarray(offset, offset + length) });
    }
  };
  // float64 first, so that every tensor is aligned.
  if (optimizer.powers.length > 0) {
    tensors.set(powersName, { shape: [optimizer.powers.length], data: optimizer.powers });
  }
  add("", parameters);
  for (const [name, values] of Object.entries(optimizer.averages)) add(`optimizer.${name}.`, values);
  const metadata = {
    format,
    config: canonicalJson(model),
    training: canonicalJson(writtenTraining(training)),
    step: String(step),
    parameters: parametersHash(parameters),
    optimizer: optimizerHash(learner),
  };
  return encodeSafetensors({ tensors, metadata: { ...metadata, checksum: metadataHash(metadata) } });
}

/** The most bytes that a checkpoint of this model can have: its tensors, and the longest header. */
export function checkpointBytesMax(model: ModelConfig, optimizer: OptimizerConfig): number {
  const tensors = 1 + averageNames(optimizer).length;
  return 8 + headerBytesMax + powersMax * 8 + parameterCount(model) * 4 * tensors;
}

/** @throws RangeError if the file is damaged or not a checkpoint */
export function decodeCheckpoint(file: Uint8Array): Learner {
  const { tensors, metadata } = decodeSafetensors(file);
  const known = metadataSchema.safeParse(metadata);
  if (!known.success) throw refused(`its metadata is not a checkpoint's: ${z.prettifyError(known.error)}`);
  const { checksum, ...rest } = metadata;
  agree("metadata", checksum, metadataHash(rest));
  const model = parseJson(modelConfig, known.data.config, "config");
  const training = parseJson(trainingConfig, known.data.training, "training");
  const named = (prefix: string) => namedParameters(tensors, prefix, model);
  const learner: Learner = {
    training,
    model,
    step: known.data.step,
    parameters: named(""),
    optimizer: {
      averages: Object.fromEntries(
        averageNames(training.optimizer).map((name) => [name, named(`optimizer.${name}.`)]),
      ),
      powers: Float64Array.from(tensors.get(powersName)?.data ?? []),
    },
  };
  agree("parameters", known.data.parameters, parametersHash(learner.parameters));
  agree("optimizer", known.data.optimizer, optimizerHash(learner));
  return learner;
}

/**
 * The parameters in a file with a model's tensors: a checkpoint, a golden file, or one written in Python.
 *
 * @throws RangeError naming a tensor that is missing, has another shape, or is not finite
 */
export function parametersFrom(file: Safetensors, model: ModelConfig): Float32Array {
  const prefix = file.tensors.has("parameters.controller.kernel") ? "parameters." : "";
  const parameters = namedParameters(file.tensors, prefix, model);
  for (const { name, offset, length } of parameterLayout(model)) {
    const values = parameters.subarray(offset, offset + length);
    const at = values.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) throw refused(`${prefix}${name} must be finite, got ${values[at]} at element ${at}`);
  }
  return parameters;
}

function namedParameters(tensors: Safetensors["tensors"], prefix: string, model: ModelConfig): Float32Array {
  // Checked before the parameters take memory: the model is what the file's metadata says, of any size.
  for (const { name, shape } of parameterLayout(model)) {
    const tensor = tensors.get(prefix + name);
    if (!tensor) throw refused(`it has no tensor ${prefix}${name}`);
    if (tensor.shape.join() !== shape.join()) {
      throw refused(`${prefix}${name} must have shape [${shape}], got [${tensor.shape.slice(0, 8)}]`);
    }
  }
  return flatParameters(model, (name) => tensors.get(prefix + name)!.data);
}

function agree(part: string, wanted: string | undefined, got: string): void {
  if (got !== wanted) throw refused(`the checksum of its ${part} must be ${wanted}, got ${got}`);
}

function metadataHash(metadata: Readonly<Record<string, string>>): string {
  return sha256(canonicalJson(metadata));
}

function optimizerHash({ optimizer }: Learner): string {
  const parts = [optimizer.powers, ...Object.values(optimizer.averages)].map((part) => sha256(bytesOf(part)));
  return sha256(parts.join());
}

function parseJson<T>(schema: z.ZodType<T>, text: string, name: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw refused(`its metadata ${name} is not a configuration`, cause);
  }
}

function refused(why: string, cause?: unknown): RangeError {
  return new RangeError(`Cannot use this checkpoint: ${why}`, { cause });
}
