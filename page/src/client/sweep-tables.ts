/** The tables of a sweep: its points, which can be sorted, and their runs. */

import { overIn, type Sweep, type SweepPoint, settingPaths, solvedIn } from "../shared/sweep.ts";
import type { StyledPoint } from "../shared/sweep-chart.ts";
import type { ColumnName, Order } from "../shared/sweep-rows.ts";
import { prunedText, quartilesText, type SettingFigure, settingFigureText } from "../shared/sweep-text.ts";
import { figure, share, whole } from "../shared/text.ts";
import { element } from "./dom.ts";
import { sample } from "./sample.ts";

export interface PointRow extends Pick<StyledPoint, "point" | "open"> {
  /** Null for a point that is not drawn in colour. */
  readonly style: number | null;
}

export interface PointsTable {
  readonly sweep: Sweep;
  readonly rows: readonly PointRow[];
  readonly order: Order | null;
  readonly onSort: (by: ColumnName) => void;
  readonly onOpen: (point: SweepPoint) => void;
}

interface Column {
  readonly name: string;
  readonly by: ColumnName;
  readonly cell: (point: SweepPoint) => (Node | string)[];
  readonly kind?: "number";
}

export function pointsTable({ sweep, rows, order, onSort, onOpen }: PointsTable): HTMLElement {
  const columns = columnsOf(sweep);
  const heads = [{ name: "Point", by: "point" as const }, ...columns].map((column) =>
    headOf(column, order, onSort),
  );
  const body = rows.map(({ point, style, open }) => {
    const name = point.label || sweep.name;
    const button = element(
      "button",
      { type: "button", class: "pick", "aria-pressed": String(open), "data-key": `point ${point.label}` },
      style === null ? element("span", { class: "undrawn" }) : sample(style),
      name,
    );
    const row = element(
      "tr",
      { class: open ? "open" : undefined },
      element("th", { scope: "row" }, button),
      ...columns.map(({ cell, kind }) => element("td", { class: kind }, ...cell(point))),
    );
    // The whole row is a target for the mouse; the button is one for the keyboard.
    row.addEventListener("click", () => onOpen(point));
    return row;
  });
  return element(
    "table",
    { class: "points" },
    element("thead", {}, element("tr", {}, ...heads)),
    element("tbody", {}, ...body),
  );
}

function columnsOf({ points, seeds, goal }: Sweep): Column[] {
  const spread = (name: SettingFigure) => (point: SweepPoint) => {
    const found = point.spreads[name];
    const quartiles = quartilesText(name, found);
    const median = settingFigureText(name, found?.median);
    return quartiles ? [median, element("span", { class: "of" }, quartiles)] : [median];
  };
  const of = (some: number) => [whole(some), element("span", { class: "beside" }, `of ${whole(seeds)}`)];
  return [
    ...settingPaths(points).map(
      (path): Column => ({
        name: path,
        by: { setting: path },
        cell: ({ settings }) => [settings[path] ?? "–"],
      }),
    ),
    { name: "Over", by: "over", cell: (point) => of(overIn(point)), kind: "number" },
    { name: "Solved", by: "solved", cell: (point) => of(solvedIn(point)), kind: "number" },
    { name: `Sequences to ${goal}`, by: "sequences", cell: spread("sequences"), kind: "number" },
    { name: "Wrong bits", by: "wrongBits", cell: spread("wrongBits"), kind: "number" },
    { name: "Exact", by: "exact", cell: spread("exact"), kind: "number" },
    ...(points.some(({ pruned }) => pruned)
      ? [{ name: "Ended early", by: "pruned", cell: (point: SweepPoint) => [prunedText(point)] } as const]
      : []),
  ];
}

function headOf(
  { name, by, kind }: Pick<Column, "name" | "by" | "kind">,
  order: Order | null,
  onSort: (by: ColumnName) => void,
): HTMLElement {
  const key = JSON.stringify(by);
  const sorted =
    order && JSON.stringify(order.by) === key ? (order.down ? "descending" : "ascending") : undefined;
  const button = element("button", { type: "button", class: "sort", "data-key": `sort ${key}` }, name);
  button.addEventListener("click", () => onSort(by));
  return element("th", { scope: "col", class: kind, "aria-sort": sorted }, button);
}

/** @param rowsMax how many runs are listed */
export function runsTable(sweep: Sweep, points: readonly SweepPoint[], rowsMax: number): HTMLElement {
  const heads = ["Run", "Point", "Seed", "State", "Step", "Sequences to the goal", "Wrong bits", "Exact"];
  const isNumber = (index: number) => (index === 2 || index > 3 ? "number" : undefined);
  const runs = points.flatMap((point) =>
    point.runs.map((run) => ({ label: point.label || sweep.name, ...run })),
  );
  const body = runs
    .slice(0, rowsMax)
    .map(({ label, run, seed, state, reason, step, steps, sequences, best }) =>
      element(
        "tr",
        {},
        element(
          "th",
          { scope: "row" },
          state === null ? run : element("a", { href: `/env/${run}`, "data-key": `run ${run}` }, run),
        ),
        element("td", {}, label),
        element("td", { class: "number" }, String(seed)),
        element(
          "td",
          {},
          state === null
            ? "not begun"
            : element("span", { class: `state state-${state}`, title: reason ?? "" }, state),
        ),
        element(
          "td",
          { class: "number" },
          whole(step),
          ...(steps === null ? [] : [element("span", { class: "beside" }, `of ${whole(steps)}`)]),
        ),
        element("td", { class: "number" }, sequences === null ? "–" : whole(sequences)),
        element("td", { class: "number" }, figure(best?.wrongBits)),
        element("td", { class: "number" }, share(best?.exact)),
      ),
    );
  return element(
    "table",
    { class: "runs" },
    element(
      "thead",
      {},
      element(
        "tr",
        {},
        ...heads.map((text, index) => element("th", { scope: "col", class: isNumber(index) }, text)),
      ),
    ),
    element("tbody", {}, ...body),
  );
}
