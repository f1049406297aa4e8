/** Gives tfjs-node back a function of Node.js that it calls. */

interface Util {
  isNullOrUndefined?: (value: unknown) => boolean;
}

/**
 * Restores `util.isNullOrUndefined`. tfjs-node 4.22, the last version, calls it in topk and for its own kernels; Node.js
 * 23 removed it.
 */
export function restoreIsNullOrUndefined(): void {
  const { process } = globalThis as {
    process?: { getBuiltinModule?: (name: string) => object | undefined };
  };
  const util: Util | undefined = process?.getBuiltinModule?.("util");
  if (util) util.isNullOrUndefined ??= (value) => value === null || value === undefined;
}
