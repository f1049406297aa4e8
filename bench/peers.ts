/** wasm beside PyTorch and JAX: by turns, in one run, each in a process of its own. */

import { type Contender, installedPeers, type PeersFrom, startContender } from "./contender.ts";
import type { Timing } from "./report.ts";
import type { Bounds } from "./timing.ts";
import { type Workload, workload } from "./workload.ts";

/** Peers' gradients are as near to wasm's as to the golden files. */
const gradientTolerance = 1e-4;
/** How long one contender's turn is: long against the cost of changing over, short against a neighbour's load. */
const turnMs = 250;

export interface PeersWanted {
  readonly presets: readonly string[];
  readonly sequences: readonly number[];
  readonly bounds: Bounds;
}

export async function timePeers(wanted: PeersWanted, from: PeersFrom): Promise<Timing[]> {
  const works = wanted.presets.flatMap((preset) =>
    wanted.sequences.map((sequences) => workload(preset, sequences)),
  );
  const names = ["wasm", ...installedPeers(from)];
  const timings: Timing[] = [];
  for (const work of works) {
    const times = await timeContenders(names, work, wanted.bounds, from);
    for (const [engine, milliseconds] of times) {
      const { preset, sequences } = work;
      timings.push({ engine, preset, sequences, times: work.times, milliseconds });
    }
  }
  return timings;
}

/**
 * @returns each contender's times; one that fails is named to `complain` and left out
 * @throws where a peer's loss or gradient is not wasm's: it would be timed for something else
 */
export async function timeContenders(
  names: readonly string[],
  work: Workload,
  bounds: Bounds,
  { python, complain }: PeersFrom,
): Promise<Map<string, number[]>> {
  const contenders = names.map((name) => startContender(name, python));
  try {
    const ready = await loaded(contenders, work, complain);
    const warm = await rounds(
      ready.map((contender) => ({ contender, turn: 1 })),
      3,
    );
    const turns = ready.map((contender) => ({
      contender,
      turn: Math.max(
        1,
        Math.min(bounds.iterations, Math.round(turnMs / Math.min(...warm.get(contender.name)!))),
      ),
    }));
    // One more round unrecorded: after it every contender is as warm as it gets.
    await rounds(turns, 1);
    return await rounds(turns, Number.POSITIVE_INFINITY, bounds);
  } finally {
    for (const contender of contenders) contender.stop();
  }
}

async function loaded(
  contenders: readonly Contender[],
  work: Workload,
  complain: (line: string) => void,
): Promise<Contender[]> {
  const ready: Contender[] = [];
  let expected: { loss: number; gradient: Float32Array } | undefined;
  for (const contender of contenders) {
    let first: { loss: number; gradient: Float32Array };
    try {
      first = await contender.load(work);
      // Compiles the update too.
      await contender.run(1);
    } catch (error) {
      if (contender.name === "wasm") throw error;
      complain(`${contender.name} is left out of ${work.preset}: ${(error as Error).message}`);
      continue;
    }
    expected ??= first;
    const apart = distance(first.gradient, expected.gradient);
    if (!(apart <= gradientTolerance)) {
      throw new Error(`Cannot time ${contender.name}: its gradient must be wasm's, is ${apart} from it`);
    }
    ready.push(contender);
  }
  return ready;
}

type Turn = { readonly contender: Contender; readonly turn: number };

/** Rounds of turns until every contender has its iterations, or its share of the time, and at least 3. */
async function rounds(
  turns: readonly Turn[],
  roundsMax: number,
  { iterations, budgetMs }: Bounds = {
    iterations: Number.POSITIVE_INFINITY,
    budgetMs: Number.POSITIVE_INFINITY,
  },
): Promise<Map<string, number[]>> {
  const times = new Map(turns.map(({ contender }) => [contender.name, [] as number[]]));
  let spentMs = 0;
  for (let round = 0; round < roundsMax; round++) {
    const fewest = Math.min(...[...times.values()].map(({ length }) => length));
    if (fewest >= Math.min(iterations, 3) && (fewest >= iterations || spentMs >= budgetMs * turns.length))
      break;
    for (const { contender, turn } of turns) {
      const took = await contender.run(turn);
      times.get(contender.name)!.push(...took);
      spentMs += took.reduce((sum, one) => sum + one, 0);
    }
  }
  return times;
}

/** |a − b| / |b| */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let [apart, size] = [0, 0];
  for (let place = 0; place < a.length; place++) {
    apart += (a[place]! - b[place]!) ** 2;
    size += b[place]! ** 2;
  }
  return Math.sqrt(apart / size);
}
