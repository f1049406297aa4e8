/** Sizes rounded up, and parts laid one behind the other. */

/** Parts one behind the other: where each starts, and where the last ends. */
export function offsets(
  parts: readonly (readonly [name: string, bytes: number])[],
  from = 0,
): { at: Record<string, number>; bytes: number } {
  const at: Record<string, number> = {};
  let bytes = from;
  for (const [name, size] of parts) {
    at[name] = bytes;
    bytes += size;
  }
  return { at, bytes };
}

/** The next multiple of `unit`. */
export function padded(count: number, unit: number): number {
  return Math.ceil(count / unit) * unit;
}
