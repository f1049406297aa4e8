/** Times engines beside PyTorch and JAX: in turn, in one run, each in a process of its own. */

import { CommandError } from "../bin/src/exit.ts";
import { type Contender, type PeersFrom, type Ran, startContender } from "./contender.ts";
import { milliseconds, type Timing } from "./report.ts";
import { type Bounds, median } from "./timing.ts";
import { beginningAt, type Workload, workload } from "./workload.ts";

/** Peers' gradients may differ as much from an engine's as from the golden files. */
const gradientTolerance = 1e-4;
/**
 * The length of a contender's turn: long compared with the cost of switching, short compared with changes of other
 * load.
 */
const turnMs = 250;

export interface PeersWanted {
  readonly presets: readonly string[];
  readonly sequences: readonly number[];
  /** Undefined for each preset's initial parameters. */
  readonly parameters: Float32Array | undefined;
  readonly bounds: Bounds;
}

/** @param names the contenders; the first must work, and the gradients of the others must agree with its own */
export async function timePeers(
  wanted: PeersWanted,
  names: readonly string[],
  from: PeersFrom,
): Promise<Timing[]> {
  const works = wanted.presets.flatMap((preset) =>
    wanted.sequences.map((sequences) => beginningAt(workload(preset, sequences), wanted.parameters)),
  );
  const timings: Timing[] = [];
  using contenders = new Contenders(names, from);
  for (const work of works) {
    const { preset, sequences } = work;
    const times = await timeContenders(contenders, work, wanted.bounds, from.complain);
    for (const [engine, ran] of times) timings.push({ engine, preset, sequences, times: work.times, ...ran });
    const medians = [...times].map(([name, ran]) => `${name} ${milliseconds(median(ran.milliseconds))} ms`);
    from.complain(`${preset}, ${sequences} sequences: ${medians.join(", ")}`);
  }
  return timings;
}

/**
 * Contenders that keep running from one workload to the next, since starting a framework takes longer than timing it.
 */
export class Contenders implements Disposable {
  private readonly started = new Map<string, Contender>();
  private readonly names: readonly string[];
  private readonly from: PeersFrom;

  constructor(names: readonly string[], from: PeersFrom) {
    this.names = names;
    this.from = from;
  }

  /** Returns all contenders, after restarting those that have ended. */
  all(): Contender[] {
    return this.names.map((name) => {
      let contender = this.started.get(name);
      if (!contender || contender.ended) {
        contender = startContender(name, this.from);
        this.started.set(name, contender);
      }
      return contender;
    });
  }

  [Symbol.dispose](): void {
    for (const contender of this.started.values()) contender.stop();
  }
}

/**
 * @returns each contender's times; one that fails is reported to `complain` and left out
 * @throws if a gradient differs from the first contender's, since that process would be timed for different work
 */
export async function timeContenders(
  contenders: Contenders,
  work: Workload,
  bounds: Bounds,
  complain: (line: string) => void,
): Promise<Map<string, Ran>> {
  const ready = await loaded(contenders.all(), work, complain);
  const warm = await rounds(
    ready.map((contender) => ({ contender, turn: 1 })),
    3,
  );
  const turns = ready.map((contender) => ({
    contender,
    turn: Math.max(
      1,
      Math.min(bounds.iterations, Math.round(turnMs / Math.min(...warm.get(contender.name)!.milliseconds))),
    ),
  }));
  // Discard one more round, after which every contender is fully warm.
  await rounds(turns, 1);
  return await rounds(turns, Number.POSITIVE_INFINITY, bounds);
}

/**
 * Returns the contenders that could load the workload, after a first iteration. They load in parallel, since some
 * compile for long.
 */
export async function loaded(
  contenders: readonly Contender[],
  work: Workload,
  complain: (line: string) => void,
): Promise<Contender[]> {
  const loading = contenders.map(async (contender) => {
    const first = await contender.load(work);
    // Compiles the update too.
    await contender.run(1);
    return first;
  });
  const all = Promise.allSettled(loading);
  // The first contender is the reference for all others. Without it there is nothing to time, and no need to wait.
  const expected = await loading[0]!.catch((cause: Error) => {
    throw new CommandError(cause.message, { cause });
  });
  const ready: Contender[] = [];
  for (const [index, first] of (await all).entries()) {
    const contender = contenders[index]!;
    if (first.status === "rejected") {
      complain(`${contender.name} is left out of ${work.preset}: ${(first.reason as Error).message}`);
      continue;
    }
    const { gradient, detail } = first.value;
    if (detail !== null) complain(`${contender.name} computes on ${detail}`);
    const apart = distance(gradient, expected.gradient);
    if (!(apart <= gradientTolerance)) {
      throw new Error(
        `Cannot time ${contender.name}: its gradient must be that of ${contenders[0]!.name}, is ${apart} from it`,
      );
    }
    ready.push(contender);
  }
  return ready;
}

type Turn = { readonly contender: Contender; readonly turn: number };

/** Takes rounds of turns until every contender has its iterations or its share of the time, and at least 3. */
async function rounds(
  turns: readonly Turn[],
  roundsMax: number,
  { iterations, budgetMs }: Bounds = {
    iterations: Number.POSITIVE_INFINITY,
    budgetMs: Number.POSITIVE_INFINITY,
  },
): Promise<Map<string, Ran>> {
  const times = new Map(
    turns.map(({ contender }) => [
      contender.name,
      { milliseconds: [] as number[], busyMs: 0 as number | null },
    ]),
  );
  let spentMs = 0;
  for (let round = 0; round < roundsMax; round++) {
    const fewest = Math.min(...[...times.values()].map(({ milliseconds }) => milliseconds.length));
    if (fewest >= Math.min(iterations, 3) && (fewest >= iterations || spentMs >= budgetMs * turns.length))
      break;
    for (const { contender, turn } of turns) {
      const { milliseconds, busyMs } = await contender.run(turn);
      const all = times.get(contender.name)!;
      all.milliseconds.push(...milliseconds);
      all.busyMs = all.busyMs === null || busyMs === null ? null : all.busyMs + busyMs;
      spentMs += milliseconds.reduce((sum, one) => sum + one, 0);
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
