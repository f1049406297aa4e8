/** The columns of a sweep's tables: of its points and of its runs. The page and the report share them. */

import { overIn, type Sweep, type SweepPoint, type SweepSeed, settingPaths, solvedIn } from "./sweep.ts";
import type { ColumnName } from "./sweep-rows.ts";
import { prunedText, quartilesText, settingFigureText } from "./sweep-text.ts";
import { figure, share, whole } from "./text.ts";

/** A cell's text, and paler text beside or below it. */
export interface Cell {
  readonly text: string;
  readonly beside?: string;
  readonly below?: string;
}

export interface Column<Row> {
  readonly name: string;
  readonly isNumber: boolean;
  readonly cell: (row: Row) => Cell;
}

export interface PointColumn extends Column<SweepPoint> {
  readonly by: ColumnName;
}

/** Returns the columns of the points' table, after the point's name. */
export function pointColumns({ points, goal }: Pick<Sweep, "points" | "goal">): PointColumn[] {
  const median = (name: string, by: "sequences" | "wrongBits" | "exact"): PointColumn => ({
    ...{ name, by, isNumber: true },
    cell: ({ spreads }) => ({
      text: settingFigureText(by, spreads[by]?.median),
      below: quartilesText(by, spreads[by]),
    }),
  });
  const count = (name: string, by: "over" | "solved", of: (point: SweepPoint) => number): PointColumn => ({
    ...{ name, by, isNumber: true },
    cell: (point) => ({ text: whole(of(point)), beside: `of ${whole(point.runs.length)}` }),
  });
  return [
    ...settingPaths(points).map(
      (path): PointColumn => ({
        ...{ name: path, by: { setting: path }, isNumber: false },
        cell: ({ settings }) => ({ text: settings[path] ?? "–" }),
      }),
    ),
    count("Over", "over", overIn),
    count("Solved", "solved", solvedIn),
    median(`Sequences to ${goal}`, "sequences"),
    median("Wrong bits", "wrongBits"),
    median("Exact", "exact"),
    ...(points.some(({ pruned }) => pruned)
      ? [
          {
            ...{ name: "Ended early", by: "pruned" as const, isNumber: false },
            cell: (point: SweepPoint) => ({ text: prunedText(point) }),
          },
        ]
      : []),
  ];
}

/** A run with the name of its point. */
export interface RunRow extends SweepSeed {
  readonly point: string;
}

export function runRows({ name }: Pick<Sweep, "name">, points: readonly SweepPoint[]): RunRow[] {
  return points.flatMap(({ label, runs }) => runs.map((run) => ({ ...run, point: label || name })));
}

export function stateText({ state }: Pick<SweepSeed, "state">): string {
  return state ?? "not begun";
}

const number = { isNumber: true };

/** The columns of the runs' table, after the run's name and state. */
export const runColumns: readonly Column<RunRow>[] = [
  { name: "Point", isNumber: false, cell: ({ point }) => ({ text: point }) },
  { name: "Seed", ...number, cell: ({ seed }) => ({ text: String(seed) }) },
  {
    name: "Step",
    ...number,
    cell: ({ step, steps }) => ({
      text: whole(step),
      ...(steps === null ? {} : { beside: `of ${whole(steps)}` }),
    }),
  },
  {
    name: "Sequences to the goal",
    ...number,
    cell: ({ sequences }) => ({ text: settingFigureText("sequences", sequences) }),
  },
  { name: "Wrong bits", ...number, cell: ({ best }) => ({ text: figure(best?.wrongBits) }) },
  { name: "Exact", ...number, cell: ({ best }) => ({ text: share(best?.exact) }) },
];
