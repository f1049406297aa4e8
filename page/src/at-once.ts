/** Reads many files, some at the same time. */

/** More would only wait for the disk. */
const readsAtOnce = 32;

/** Returns what was read for each item, in the items' order. */
export async function readEach<T, R>(items: readonly T[], read: (item: T) => Promise<R>): Promise<R[]> {
  const all = new Array<R>(items.length);
  const left = items.entries();
  const reader = async () => {
    for (const [at, item] of left) all[at] = await read(item);
  };
  await Promise.all(Array.from({ length: readsAtOnce }, reader));
  return all;
}
