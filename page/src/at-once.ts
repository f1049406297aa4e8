/** Reads many files, some at the same time. */

/** More would only wait for the disk. */
const readsAtOnce = 32;

/** Returns what was read for each item, in the items' order. */
export async function readEach<T, R>(items: readonly T[], read: (item: T) => Promise<R>): Promise<R[]> {
  const all: R[] = [];
  for (let from = 0; from < items.length; from += readsAtOnce) {
    all.push(...(await Promise.all(items.slice(from, from + readsAtOnce).map(read))));
  }
  return all;
}
