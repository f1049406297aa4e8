/** Parses the command line of `npm run test:sim`. */

import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { UsageError } from "@memnet/terminal";

export interface Options {
  readonly first: number;
  readonly last: number;
  readonly jobs: number;
  /** Seeds are started for this many minutes; null for all of them. */
  readonly minutes: number | null;
  /** Whether to print everything that happened. */
  readonly verbose: boolean;
  /** Whether to stop at the first seed that fails. */
  readonly bail: boolean;
}

export const help = `Simulates the whole system in one process, a seed at a time: the real coordinator, trainers, data-env and
evaluator over a network that loses, repeats, delays, reorders and cuts, by a virtual clock, on a disk that fails, tears
and fills, while processes are killed, stopped, doubled and started again. Every seed must end with the bits of a run
without faults, and at every moment what was acknowledged must survive a crash.

  npm run test:sim -- [options]

  --seed N       this one seed, with all that happened where it fails
  --seeds A..B   these seeds (default 1..300)
  --minutes M    from the first seed on, as many as M minutes have time for
  --jobs N       threads (default: one for each processor, here ${availableParallelism()})
  --bail         end with the first seed that fails
  --verbose      with --seed: print all that happened in any case
  --help

Exit codes: 0 all seeds hold, 1 one does not, 2 bad usage.
`;

/** @returns undefined if help was requested. @throws UsageError */
export function readOptions(args: readonly string[]): Options | undefined {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  const parse = () =>
    parseArgs({
      args: [...args],
      options: { help: flag, seed: text, seeds: text, minutes: text, jobs: text, bail: flag, verbose: flag },
    }).values;
  let values: ReturnType<typeof parse>;
  try {
    values = parse();
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  if (values.help) return undefined;
  const { seed, seeds, minutes, jobs, verbose, bail } = values;
  if (seed !== undefined && (seeds !== undefined || minutes !== undefined)) {
    throw new UsageError("Cannot use --seed with --seeds or --minutes: it is one seed");
  }
  if (verbose && seed === undefined) {
    throw new UsageError("Cannot use --verbose without --seed: one seed's story is thousands of lines");
  }
  const [first, last] =
    seed === undefined ? range(seeds, minutes) : [whole("seed", seed), whole("seed", seed)];
  return {
    first,
    last,
    jobs: jobs === undefined ? availableParallelism() : Math.max(1, whole("jobs", jobs)),
    minutes: minutes === undefined ? null : positive("minutes", minutes),
    verbose,
    bail,
  };
}

function range(seeds: string | undefined, minutes: string | undefined): [first: number, last: number] {
  if (seeds === undefined) return [1, minutes === undefined ? 300 : Number.MAX_SAFE_INTEGER];
  const [, from, to] = /^(\d+)\.\.(\d+)$/.exec(seeds) ?? [];
  if (from === undefined || to === undefined || Number(from) > Number(to)) {
    throw new UsageError(`--seeds must be A..B with A at most B, got ${JSON.stringify(seeds)}`);
  }
  return [whole("seeds", from), whole("seeds", to)];
}

function whole(name: string, text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number)) return number;
  throw new UsageError(`--${name} must be a whole number from 0, got ${JSON.stringify(text)}`);
}

function positive(name: string, text: string): number {
  const number = Number(text);
  if (Number.isFinite(number) && number > 0) return number;
  throw new UsageError(`--${name} must be a number above 0, got ${JSON.stringify(text)}`);
}
