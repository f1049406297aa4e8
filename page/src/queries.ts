/** Parses and bounds the query parameters of an address. */

import { validation } from "@memnet/runs";
import type { Wanted } from "./comparisons.ts";
import type { Curves as CurvesWanted } from "./open-sweep.ts";
import type { Across } from "./shared/axis.ts";
import { type Part, spanIn } from "./shared/part.ts";
import { namesIn } from "./shared/query.ts";

const pointsDefault = 1000;
const pointsMax = 5000;

/** Within the range of a sequence's index in its stream, which has 32 bits. */
const episodeMax = 2 ** 31 - 1;
const sizeMax = 1_000_000;

export interface EpisodeQuery {
  readonly step: number;
  readonly seed: number;
  readonly episode: number;
  /** All other parameters; which sizes exist depends on the task. */
  readonly sizes: Readonly<Record<string, number>>;
}

/**
 * Parses the number of points.
 *
 * @throws RangeError naming the rule and the value
 */
export function pointsQuery(text: string | undefined): number {
  return text === undefined ? pointsDefault : whole("points", text, 10, pointsMax);
}

/**
 * Parses an episode's parameters.
 *
 * @throws RangeError naming what is missing or out of bounds
 */
export function episodeQuery(query: Readonly<Record<string, string>>): EpisodeQuery {
  const { step, seed, episode, ...others } = query;
  return {
    step: whole("step", step, 0, Number.MAX_SAFE_INTEGER),
    seed: whole("seed", seed, 0, Number.MAX_SAFE_INTEGER),
    episode: whole("episode", episode, 0, episodeMax),
    sizes: Object.fromEntries(
      Object.entries(others).map(([name, text]) => [name, whole(name, text, 1, sizeMax)]),
    ),
  };
}

/** More runs than can be told apart, and their names still fit in an address. */
const runsMax = 200;

/**
 * Parses what to compare.
 *
 * @throws RangeError naming the rule and the value
 */
export function comparisonQuery(query: Readonly<Record<string, string>>): Wanted {
  const runs = [...new Set(namesIn(query.runs ?? null))];
  if (runs.length === 0 || runs.length > runsMax) {
    throw new RangeError(`Cannot compare ${runs.length} runs: it takes 1 to ${runsMax}`);
  }
  return { runs, by: query.group === "run" ? "run" : "configuration" };
}

/** Parses which curves of a comparison are wanted. */
export function curvesQuery(query: Readonly<Record<string, string>>): CurvesWanted {
  const { split = validation, steps } = query;
  return { split, part: partQuery(query), withSteps: steps !== undefined };
}

const axes: readonly Across[] = ["steps", "sequences", "time"];

/**
 * Parses which part of the horizontal axis is wanted; null is all of it.
 *
 * @throws RangeError naming the rule and the value
 */
export function partQuery({ x = "steps", zoom }: Readonly<Record<string, string>>): Part | null {
  if (zoom === undefined) return null;
  const [across, span] = [axes.find((one) => one === x), spanIn(zoom)];
  const got = (text: string) => JSON.stringify(text.slice(0, 80));
  if (!across) throw new RangeError(`Cannot use x: it must be one of ${axes.join(", ")}, got ${got(x)}`);
  if (!span) throw new RangeError(`Cannot use zoom: it must be a part such as 100..200, got ${got(zoom)}`);
  return { across, span };
}

function whole(name: string, text: string | undefined, lowest: number, highest: number): number {
  const value = Number(text);
  if (text !== undefined && /^\d{1,16}$/.test(text) && value >= lowest && value <= highest) return value;
  const got = text === undefined ? "nothing" : JSON.stringify(text.slice(0, 80));
  throw new RangeError(
    `Cannot use ${name.slice(0, 80)}: it must be a whole number from ${lowest} to ${highest}, got ${got}`,
  );
}
