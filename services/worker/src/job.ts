/** A run as it travels through the queue: its configuration, and its initial parameters if they are given. */

import type { QueueKind } from "@memnet/protocol";
import { bytesOf, operationConfig, type RunConfig, trainingConfig, usesGpu, writtenTraining } from "memnet";

export interface Job {
  readonly run: string;
  readonly config: RunConfig;
  /** The initial parameters, if they are not drawn from the seed. */
  readonly initial: Float32Array | null;
}

/** A NATS server's default limit is 1 MiB; the rest is for the subject and the headers. */
const bytesMax = 1000 * 1024;

/** Four bytes with the length of a JSON text, that text, and the parameters, little-endian float32. */
export function encodeJob({ run, config, initial }: Job): Uint8Array {
  const { training, operation } = config;
  const text = new TextEncoder().encode(
    JSON.stringify({ run, training: writtenTraining(training), operation }),
  );
  const parameters = initial ? bytesOf(initial) : new Uint8Array(0);
  const bytes = new Uint8Array(4 + text.length + parameters.length);
  if (bytes.length > bytesMax) {
    throw new RangeError(
      `Cannot queue run ${run}: it must take at most ${bytesMax} bytes with its initial parameters, got ${bytes.length}`,
    );
  }
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 4);
  bytes.set(parameters, 4 + text.length);
  return bytes;
}

/** @throws Error if the bytes are not a job */
export function decodeJob(bytes: Uint8Array): Job {
  if (bytes.length < 4) throw new RangeError("a job has at least 4 bytes");
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(4, 4 + length));
  const parameters = bytes.slice(4 + length);
  const { run, training, operation } = JSON.parse(text) as Record<string, unknown>;
  if (typeof run !== "string") throw new TypeError("a job names its run");
  return {
    run,
    config: { training: trainingConfig.parse(training), operation: operationConfig.parse(operation) },
    initial: parameters.length > 0 ? new Float32Array(parameters.buffer) : null,
  };
}

/** Returns which workers a run is for. */
export function kindOf({ training }: RunConfig): QueueKind {
  return usesGpu(training.engine) ? "gpu" : "cpu";
}
