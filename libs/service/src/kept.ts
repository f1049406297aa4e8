/** Maps that keep the most recently used values. */

/** Sets a value, and drops the oldest ones beyond `most`. */
export function keep<Value>(all: Map<string, Value>, key: string, value: Value, most: number): void {
  all.delete(key);
  all.set(key, value);
  for (const oldest of all.keys()) {
    if (all.size <= most) return;
    all.delete(oldest);
  }
}

/** Returns a value, made if it is not there, which becomes the newest. */
export function kept<Value>(all: Map<string, Value>, key: string, most: number, make: () => Value): Value {
  const value = all.get(key) ?? make();
  keep(all, key, value, most);
  return value;
}
