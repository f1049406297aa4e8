/** Sizes rounded up, and arrays laid one after another. */

/** The next multiple of `unit`. */
export function padded(count: number, unit: number): number {
  return Math.ceil(count / unit) * unit;
}

/**
 * @param floats each array's size
 * @param from   where the first array begins, in bytes
 * @param unit   each array takes a multiple of this many bytes
 * @returns      where each array begins and where the last one ends, in bytes
 */
export function offsets<Name extends string>(
  floats: Readonly<Record<Name, number>>,
  from: number,
  unit = 4,
): { at: Readonly<Record<Name, number>>; end: number } {
  const at = {} as Record<Name, number>;
  let end = from;
  for (const name in floats) {
    at[name] = end;
    end += padded(4 * floats[name], unit);
  }
  return { at, end };
}
