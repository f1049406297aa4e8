/** Loads TensorFlow.js backends, and lets calls take turns, since tfjs has one current backend per process. */

import type { TensorContainer } from "@tensorflow/tfjs-core";
import { restoreIsNullOrUndefined } from "./node-util.ts";
import { loadTf, missing, tf } from "./tf.ts";

export type TfjsBackend = "cpu" | "wasm" | "node";

let turn: Promise<unknown> = Promise.resolve();

/** Runs work on a backend after all earlier work. The queue holds the calls under way, usually one for each engine. */
export function onBackend<Result>(registered: string, work: () => Result): Promise<Result> {
  const result = turn.then(async () => {
    // Only if it changes: setting the backend sets up all its kernels again.
    if (tf.getBackend() !== registered && !(await tf.setBackend(registered))) throw unable(registered);
    return work();
  });
  turn = result.catch(() => undefined);
  return result;
}

/** tfjs logs why a backend cannot start, and then says only that it did not. */
function unable(registered: string): Error {
  const engine = registered === "tensorflow" ? "tfjs-node" : `tfjs-${registered}`;
  const why =
    registered === "wasm"
      ? "it needs tfjs-backend-wasm*.wasm of @tensorflow/tfjs-backend-wasm beside it, or where setWasmPaths() of that " +
        "package says; a bundle must have these files too"
      : `TensorFlow.js cannot start its backend ${registered} here`;
  return new Error(`Cannot use engine ${engine}: ${why}`);
}

/** Loads a backend's package and starts it. Returns the name under which tfjs has it. */
export async function loadBackend(backend: TfjsBackend): Promise<string> {
  await loadTf(`tfjs-${backend}`);
  // Otherwise tfjs logs advice to replace the cpu backend.
  tf.enableProdMode();
  const registered = await register(backend);
  await onBackend(registered, () => undefined);
  return registered;
}

/** The TensorFlow that tfjs-node runs on, and whether it uses a GPU. */
export function nodeDetail(registered: string): string {
  const { binding, isUsingGpuDevice } = tf.findBackend(registered) as unknown as {
    readonly binding: { readonly TF_Version: string };
    readonly isUsingGpuDevice: boolean;
  };
  return `TensorFlow ${binding.TF_Version} on a ${isUsingGpuDevice ? "GPU" : "CPU"}`;
}

async function register(backend: TfjsBackend): Promise<string> {
  if (backend !== "node") {
    try {
      if (backend === "cpu") await import("@tensorflow/tfjs-backend-cpu");
      // One thread, since the split of a sum over threads would decide its bits.
      else (await import("@tensorflow/tfjs-backend-wasm")).setThreadsCount(1);
    } catch (cause) {
      throw missing(`tfjs-${backend}`, cause);
    }
    return backend;
  }
  restoreIsNullOrUndefined();
  const causes: unknown[] = [];
  // Named in a variable, so that neither the compiler nor a bundler needs these optional packages.
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

/** tf.tidy for results of any type: its own type asks for index signatures, which interfaces lack. */
export function tidied<Result>(work: () => Result): Result {
  return tf.tidy(work as () => TensorContainer) as Result;
}
