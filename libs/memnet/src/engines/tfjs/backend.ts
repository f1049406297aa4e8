/** TensorFlow.js backends: loading one, and taking turns, because tfjs has one current backend per process. */

import * as tf from "@tensorflow/tfjs-core";

export type TfjsBackend = "cpu" | "wasm" | "node";

let turn: Promise<unknown> = Promise.resolve();

/**
 * Runs work on a backend when all work given before is done.
 * The queue is as long as callers' unanswered calls, one for each engine in ordinary use.
 */
export function onBackend<Result>(registered: string, work: () => Result): Promise<Result> {
  const result = turn.then(async () => {
    // Setting the backend sets up all its kernels anew, so only when it is another.
    if (tf.getBackend() !== registered) await tf.setBackend(registered);
    return work();
  });
  turn = result.catch(() => undefined);
  return result;
}

/** Loads a backend's package and starts it; the name under which tfjs knows it. */
export async function loadBackend(backend: TfjsBackend): Promise<string> {
  // Without this tfjs advises every user of the cpu backend, on the console, to install another.
  tf.enableProdMode();
  const registered = await register(backend);
  await onBackend(registered, () => undefined);
  return registered;
}

/** Which TensorFlow tfjs-node runs on, and whether it has found a GPU. */
export function nodeDetail(registered: string): string {
  const { binding, isUsingGpuDevice } = tf.findBackend(registered) as unknown as {
    readonly binding: { readonly TF_Version: string };
    readonly isUsingGpuDevice: boolean;
  };
  return `TensorFlow ${binding.TF_Version} on a ${isUsingGpuDevice ? "GPU" : "CPU"}`;
}

async function register(backend: TfjsBackend): Promise<string> {
  if (backend === "cpu") {
    await import("@tensorflow/tfjs-backend-cpu");
    return "cpu";
  }
  if (backend === "wasm") {
    const { setThreadsCount } = await import("@tensorflow/tfjs-backend-wasm");
    // One thread: the split of a sum over threads must not decide its bits.
    setThreadsCount(1);
    return "wasm";
  }
  const causes: unknown[] = [];
  // Optional packages, named in a variable so that neither the compiler nor a bundler asks for them.
  for (const optional of ["@tensorflow/tfjs-node-gpu", "@tensorflow/tfjs-node"]) {
    try {
      await import(optional);
      return "tensorflow";
    } catch (cause) {
      causes.push(cause);
    }
  }
  throw new Error(
    "Cannot use engine tfjs-node: it needs the package @tensorflow/tfjs-node-gpu or @tensorflow/tfjs-node; " +
      "neither could be loaded",
    { cause: new AggregateError(causes) },
  );
}
