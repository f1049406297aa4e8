/** Measures medians of timed work, within bounds of count and time. */

export interface Bounds {
  /** The largest number of timed iterations. */
  readonly iterations: number;
  /** No iteration starts after this much timed work, except the first few, which always run. */
  readonly budgetMs: number;
}

/** Run however slow the work is, since fewer values have no meaningful median. */
export const iterationsMin = 3;

/** @throws RangeError for no values */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("Cannot take the median of no values");
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/**
 * Times several kinds of work in turn, so that other load on the machine affects them all alike.
 *
 * @returns the times of each kind in milliseconds, after a warm-up of a quarter of the bounds
 */
export async function timeByTurns(
  works: readonly (() => Promise<unknown>)[],
  { iterations, budgetMs }: Bounds,
  now: () => number = () => performance.now(),
): Promise<number[][]> {
  await turns(works, { atLeast: 1, atMost: Math.ceil(iterations / 4), budgetMs: budgetMs / 4 }, now);
  return turns(works, { atLeast: Math.min(iterationsMin, iterations), atMost: iterations, budgetMs }, now);
}

/** Collects a figure from each kind of work in turn. @returns the median of each kind's rounds */
export async function mediansByTurns<Name>(
  works: ReadonlyMap<Name, () => Promise<number>>,
  rounds: number,
): Promise<Map<Name, number>> {
  const figures = new Map([...works.keys()].map((name) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, work] of works) figures.get(name)!.push(await work());
  }
  return new Map([...figures].map(([name, all]) => [name, median(all)]));
}

async function turns(
  works: readonly (() => Promise<unknown>)[],
  { atLeast, atMost, budgetMs }: { atLeast: number; atMost: number; budgetMs: number },
  now: () => number,
): Promise<number[][]> {
  const times: number[][] = works.map(() => []);
  let spent = 0;
  for (let turn = 0; turn < atMost && (turn < atLeast || spent < budgetMs); turn++) {
    for (const [index, work] of works.entries()) {
      const before = now();
      await work();
      const took = now() - before;
      times[index]!.push(took);
      spent += took;
    }
  }
  return times;
}
