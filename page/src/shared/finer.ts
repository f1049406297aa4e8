/** Puts the finer points of a part of the horizontal axis in the place of the coarse ones there. */

import type { Curves } from "./api.ts";
import { type BandCurve, curveFigures, type FigureCurve, type Sweep } from "./sweep.ts";
import type { Thinned } from "./thin.ts";

type Splice = <T>(coarse: readonly T[], fine: readonly T[]) => T[];

/**
 * Returns a function that splices columns.
 *
 * @param coarse steps, ascending
 * @param fine   those of a part, ascending
 */
function splicing(coarse: readonly number[], fine: readonly number[]): Splice {
  const [first, last] = [fine[0], fine.at(-1)];
  if (first === undefined || last === undefined) return (row) => [...row];
  const before = coarse.filter((step) => step < first).length;
  const after = coarse.filter((step) => step <= last).length;
  return (row, other) => [...row.slice(0, before), ...other, ...row.slice(after)];
}

/** @param fine curves of a part of the same run */
export function finerCurves(coarse: Curves, fine: Curves): Curves {
  const splice = splicing(coarse.training.steps, fine.training.steps);
  const figures = (one: Omit<Thinned, "steps">, other: Omit<Thinned, "steps">) => ({
    means: splice(one.means, other.means),
    lows: splice(one.lows, other.lows),
    highs: splice(one.highs, other.highs),
  });
  return {
    ...coarse,
    training: {
      steps: splice(coarse.training.steps, fine.training.steps),
      ...figures(coarse.training, fine.training),
    },
    gradients: figures(coarse.gradients, fine.gradients),
    seconds: splice(coarse.seconds, fine.seconds),
    splits: coarse.splits.map((one) => {
      const other = fine.splits.find(({ split }) => split === one.split);
      if (!other) return one;
      const rows = splicing(one.steps, other.steps);
      return {
        ...one,
        steps: rows(one.steps, other.steps),
        seconds: rows(one.seconds, other.seconds),
        losses: rows(one.losses, other.losses),
        wrongBits: rows(one.wrongBits, other.wrongBits),
        exact: rows(one.exact, other.exact),
      };
    }),
  };
}

/** @param fine a part of the same sweep, of the same split */
export function finerSweep(coarse: Sweep, fine: Pick<Sweep, "points">): Sweep {
  const parts = new Map(fine.points.map((point) => [point.label, point]));
  const points = coarse.points.map((point) => {
    const part = parts.get(point.label);
    if (!part) return point;
    const runs = new Map(part.runs.map(({ run, curve }) => [run, curve]));
    return {
      ...point,
      band: finerBand(point.band, part.band),
      runs: point.runs.map((one) => {
        const curve = runs.get(one.run);
        return curve ? { ...one, curve: finerCurve(one.curve, curve) } : one;
      }),
    };
  });
  return { ...coarse, points };
}

function finerBand(coarse: BandCurve, fine: BandCurve): BandCurve {
  const splice = splicing(coarse.steps, fine.steps);
  const figures = curveFigures.flatMap((figure) => {
    const [one, other] = [coarse[figure], fine[figure]];
    if (!one || !other) return [];
    const row = (edge: "lower" | "median" | "upper") => splice(one[edge], other[edge]);
    return [[figure, { lower: row("lower"), median: row("median"), upper: row("upper") }]];
  });
  return { ...placesOf(splice, coarse, fine), ...Object.fromEntries(figures) };
}

function finerCurve(coarse: FigureCurve, fine: FigureCurve): FigureCurve {
  const splice = splicing(coarse.steps, fine.steps);
  const figures = curveFigures.flatMap((figure) => {
    const [one, other] = [coarse[figure], fine[figure]];
    return one && other ? [[figure, splice(one, other)]] : [];
  });
  return { ...placesOf(splice, coarse, fine), ...Object.fromEntries(figures) };
}

function placesOf(
  splice: Splice,
  one: Pick<BandCurve, "steps" | "seconds">,
  other: Pick<BandCurve, "steps" | "seconds">,
) {
  return {
    steps: splice(one.steps, other.steps),
    seconds: one.seconds && other.seconds ? splice(one.seconds, other.seconds) : null,
  };
}
