/**
 * TensorFlow.js, loaded when an engine needs it: the packages are optional, and the other engines do without them. A
 * static import would make every bundler look for them.
 */

import type * as TensorFlow from "@tensorflow/tfjs-core";

/** Set once `loadTf` has resolved. */
export let tf: typeof TensorFlow;

/** @throws Error naming the packages to install */
export async function loadTf(engine: string): Promise<void> {
  try {
    tf ??= await import("@tensorflow/tfjs-core");
  } catch (cause) {
    throw missing(engine, cause);
  }
}

/** Says which packages an engine needs. */
export function missing(engine: string, cause: unknown): Error {
  const packages = [
    "@tensorflow/tfjs-core",
    engine === "tfjs-node"
      ? "@tensorflow/tfjs-node"
      : `@tensorflow/tfjs-backend-${engine.slice("tfjs-".length)}`,
  ];
  return new Error(
    `Cannot use engine ${engine}: it needs the packages ${packages.join(" and ")}, which could not be loaded; ` +
      `\`npm install ${packages.join(" ")}\` installs them`,
    { cause },
  );
}
