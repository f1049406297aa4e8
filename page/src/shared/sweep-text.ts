/** The words of a sweep's page and report. */

import type { Spread } from "@memnet/runs/spread";
import {
  type CurveFigure,
  overIn,
  type Sweep,
  type SweepFigure,
  type SweepPoint,
  solvedIn,
} from "./sweep.ts";
import { figure, share, whole } from "./text.ts";

export const curveFigureNames: Readonly<Record<CurveFigure, string>> = {
  wrongBits: "wrong bits",
  lossBits: "loss",
  exact: "exact",
  gradient: "gradient norm",
};

/** What the charts of settings can show of a point. */
export type SettingFigure = SweepFigure | "sequences";

export const settingFigureNames: Readonly<Record<SettingFigure, string>> = {
  wrongBits: "wrong bits at the best step",
  lossBits: "bits per sequence at the best step",
  exact: "exact at the best step",
  sequences: "sequences to the goal",
};

export const bandNote =
  "A line is the median over the seeds, and its band spans their quartiles. " +
  "A run that has ended keeps its last figure.";

export const pointsNote =
  "Figures of validation: medians over the seeds, with the quartiles; sequences up to the goal over the runs that reached it, " +
  "wrong bits and exact at each run's best step.";

/** Formats a figure of a point. */
export function settingFigureText(name: SettingFigure, value: number | null | undefined): string {
  if (name === "exact") return share(value);
  return name === "sequences" && typeof value === "number" ? whole(Math.round(value)) : figure(value);
}

/** Formats the quartiles, such as `3 – 4`; empty if they are the median. */
export function quartilesText(name: SettingFigure, spread: Spread | null): string {
  if (!spread || spread.lower === spread.upper) return "";
  return `${settingFigureText(name, spread.lower)} – ${settingFigureText(name, spread.upper)}`;
}

export function aboutText({ points, seeds, goal }: Sweep): string {
  const runs = points.reduce((sum, point) => sum + point.runs.length, 0);
  const count = (of: (point: SweepPoint) => number) =>
    `${whole(points.reduce((sum, point) => sum + of(point), 0))} of ${whole(runs)}`;
  const many = (number: number, word: string) => `${whole(number)} ${word}${number === 1 ? "" : "s"}`;
  const what =
    seeds === null
      ? `${many(runs, "run")} in ${many(points.length, "group")}`
      : `${many(points.length, "point")} × ${many(seeds, "seed")}`;
  return `${what}: ${count(overIn)} runs are over, ` + `${count(solvedIn)} reached the goal ${goal}`;
}

/** Returns why a point was ended early; empty if it was not. */
export function prunedText({ pruned }: Pick<SweepPoint, "pruned">): string {
  return pruned ? `ended early at step ${whole(pruned.step)}: ${pruned.reason}` : "";
}
