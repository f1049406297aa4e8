/** Throws if something impossible has happened. Bad input gets a RangeError or TypeError instead. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`Impossible: ${message}`);
}
