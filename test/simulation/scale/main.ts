/**
 * `npm run scale`: what a run with a thousand trainers and a sweep with a thousand workers would do.
 *
 *     npm run scale            prints the tables
 *     npm run scale -- FOLDER  also writes the pictures there: docs/results
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { svgText } from "@memnet/page/svg";
import { say, table } from "@memnet/terminal";
import { cluster, measuredPoints, sweep } from "./calibration.ts";
import { type Curve, curvesPicture } from "./drawing.ts";
import { type StarFigures, type StarModel, simulateStar } from "./star.ts";
import { simulateSweep } from "./sweep.ts";

const counts = [1, 4, 16, 64, 128, 256, 512, 1000];
/** Steps that are timed, after as many that are not. A large star has enough results in each of them. */
const stepsOf = (trainers: number) => (trainers > 100 ? 3 : 6);
const microBatches = 1024;
/** Beyond this share of its most steps a star has collapsed. */
const collapsedShare = 1 / 3;

const folder = process.argv[2];
const usual = { microBatches, parameters: 62_660, computeMs: 10 };
const sizes: Record<string, Partial<StarModel>> = {
  "100 kB": { parameters: 25_000 },
  "250 kB": {},
  "1 MB": { parameters: 250_000 },
  "4 MB": { parameters: 1_000_000 },
};
const lengths: Record<string, Partial<StarModel>> = {
  "2 ms": { computeMs: 2 },
  "10 ms": {},
  "50 ms": { computeMs: 50 },
  "250 ms": { computeMs: 250 },
};
const periods: Record<string, { evaluations: number }> = {
  "every 250 steps": { evaluations: 40 },
  "every 1,000": { evaluations: 10 },
  "every 5,000": { evaluations: 2 },
};

say("Measured and simulated, on two cores\n");
say(
  table(
    [">trainers", ">measured, steps/s", ">simulated"],
    measuredPoints.map(({ model, stepsPerSecond }) => [
      ...[String(model.trainers), stepsPerSecond.toFixed(1)],
      simulateStar(model, 50).stepsPerSecond.toFixed(1),
    ]),
  ),
);
const bySize = starCurves("gradient", sizes);
const byLength = starCurves("micro-batch", lengths);
const byPeriod = Object.entries(periods).map(([name, period]): Curve => {
  const points = counts.map((workers) => {
    const { runsPerSecond } = simulateSweep({ ...sweep, ...period, workers }, 3);
    return [workers, runsPerSecond] as const;
  });
  return { name, points };
});
say(`\nRuns a second, by workers and evaluations\n\n${curvesTable("workers", byPeriod)}`);
if (folder !== undefined) {
  const pictures = {
    "scale-trainers": curvesPicture(
      "Steps a second against trainers",
      `${microBatches} micro-batches a step; simulated, calibrated on measured points`,
      [
        { title: "by gradient, micro-batches of 10 ms", across: "trainers", curves: bySize },
        { title: "by micro-batch, gradients of 250 kB", across: "trainers", curves: byLength },
      ],
    ),
    "scale-workers": curvesPicture(
      "Runs a second against workers",
      "runs of 10,000 steps in 15 s, one evaluator; simulated, calibrated on measured points",
      [{ title: "by evaluations", across: "workers", curves: byPeriod }],
    ),
  };
  for (const [name, picture] of Object.entries(pictures))
    writeFileSync(join(folder, `${name}.svg`), svgText(picture));
}

/** Simulates each variant with each number of trainers, and prints what it found. */
function starCurves(by: string, variants: Readonly<Record<string, Partial<StarModel>>>): Curve[] {
  const found = Object.entries(variants).map(([name, variant]) => ({
    name,
    all: growingStar({ ...usual, ...cluster, ...variant }),
  }));
  const curves = found.map(({ name, all }): Curve => {
    return { name, points: all.map(([trainers, { stepsPerSecond }]) => [trainers, stepsPerSecond]) };
  });
  say(`\nSteps a second, by trainers and ${by}\n\n${curvesTable("trainers", curves)}`);
  const rows = found.map(({ name, all }) => {
    const [best, figures] = all.reduce((a, b) => (b[1].stepsPerSecond > a[1].stepsPerSecond ? b : a));
    const [most, atMost] = all.at(-1)!;
    const busiest = Object.entries(figures.busy).sort(([, a], [, b]) => b - a)[0]!;
    return [
      ...[name, String(best), figures.stepsPerSecond.toFixed(2)],
      `${busiest[0]} ${(100 * busiest[1]).toFixed(0)} %`,
      `${most}: ${atMost.stepsPerSecond.toFixed(2)}`,
      ...[atMost.reissued.toFixed(0), String(atMost.lost)],
    ];
  });
  say(
    `\n${table([by, ">most at", ">steps/s", "busiest there", "with most", ">given again, of 1,000", ">lost"], rows)}`,
  );
  return curves;
}

/** Simulates more and more trainers, until the run takes less than a third of its most steps. */
function growingStar(model: Omit<StarModel, "trainers">): (readonly [trainers: number, StarFigures])[] {
  const all: (readonly [number, StarFigures])[] = [];
  let most = 0;
  for (const trainers of counts) {
    const figures = simulateStar({ ...model, trainers }, stepsOf(trainers));
    all.push([trainers, figures]);
    most = Math.max(most, figures.stepsPerSecond);
    if (figures.stepsPerSecond < most * collapsedShare) break;
  }
  return all;
}

function curvesTable(across: string, curves: readonly Curve[]): string {
  return table(
    [`>${across}`, ...curves.map(({ name }) => `>${name}`)],
    counts.map((count, index) => [
      String(count),
      ...curves.map(({ points }) => points[index]?.[1].toPrecision(3) ?? "–"),
    ]),
  );
}
