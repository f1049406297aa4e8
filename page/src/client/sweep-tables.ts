/** The tables of a sweep: its points, which can be sorted, and their runs. */

import type { Sweep, SweepPoint } from "../shared/sweep.ts";
import type { StyledPoint } from "../shared/sweep-chart.ts";
import {
  type Cell,
  type Column,
  type PointColumn,
  pointColumns,
  type RunRow,
  runColumns,
  runRows,
  stateText,
} from "../shared/sweep-columns.ts";
import type { ColumnName, Order } from "../shared/sweep-rows.ts";
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

export function pointsTable({ sweep, rows, order, onSort, onOpen }: PointsTable): HTMLElement {
  const columns = pointColumns(sweep);
  const heads = [
    { name: sweep.seeds === null ? "Group" : "Point", by: "point", isNumber: false } as const,
    ...columns,
  ];
  const body = rows.map(({ point, style, open }) => {
    const row = element(
      "tr",
      { class: open ? "open" : undefined },
      element(
        "th",
        { scope: "row" },
        element(
          "button",
          { type: "button", class: "pick", "aria-pressed": String(open), "data-key": `point ${point.label}` },
          style === null ? element("span", { class: "undrawn" }) : sample(style),
          point.label || sweep.name,
        ),
      ),
      ...columns.map((column) => cellOf(column, point)),
    );
    // The whole row is a target for the mouse; the button is one for the keyboard.
    row.addEventListener("click", () => onOpen(point));
    return row;
  });
  return tableOf(
    "points",
    heads.map((column) => headOf(column, order, onSort)),
    body,
  );
}

/** @param rowsMax how many runs are listed */
export function runsTable(sweep: Sweep, points: readonly SweepPoint[], rowsMax: number): HTMLElement {
  const unsorted = ["Run", "State"].map((name) => ({ name, isNumber: false }));
  const named = runColumns.map((column) =>
    column.name === "Point" && sweep.seeds === null ? { ...column, name: "Group" } : column,
  );
  const heads = [...unsorted, ...named].map(({ name, isNumber }) =>
    element("th", { scope: "col", class: kindOf(isNumber) }, name),
  );
  const body = runRows(sweep, points)
    .slice(0, rowsMax)
    .map((row) =>
      element(
        "tr",
        {},
        element("th", { scope: "row" }, linkOf(row)),
        element("td", {}, stateOf(row)),
        ...runColumns.map((column) => cellOf(column, row)),
      ),
    );
  return tableOf("runs", heads, body);
}

function tableOf(kind: string, heads: readonly HTMLElement[], rows: readonly HTMLElement[]): HTMLElement {
  const head = element("thead", {}, element("tr", {}, ...heads));
  return element("table", { class: kind }, head, element("tbody", {}, ...rows));
}

function headOf(
  { name, by, isNumber }: Pick<PointColumn, "name" | "by" | "isNumber">,
  order: Order | null,
  onSort: (by: ColumnName) => void,
): HTMLElement {
  const key = JSON.stringify(by);
  const isSorted = order !== null && JSON.stringify(order.by) === key;
  const sorted = isSorted ? (order.down ? "descending" : "ascending") : undefined;
  const button = element("button", { type: "button", class: "sort", "data-key": `sort ${key}` }, name);
  button.addEventListener("click", () => onSort(by));
  return element("th", { scope: "col", class: kindOf(isNumber), "aria-sort": sorted }, button);
}

function cellOf<Row>({ cell, isNumber }: Column<Row>, row: Row): HTMLElement {
  const { text, beside, below }: Cell = cell(row);
  return element(
    "td",
    { class: kindOf(isNumber) },
    text,
    ...(beside ? [element("span", { class: "beside" }, beside)] : []),
    ...(below ? [element("span", { class: "below" }, below)] : []),
  );
}

function kindOf(isNumber: boolean): string | undefined {
  return isNumber ? "number" : undefined;
}

function linkOf({ run, state }: RunRow): HTMLElement | string {
  return state === null ? run : element("a", { href: `/env/${run}`, "data-key": `run ${run}` }, run);
}

function stateOf(row: RunRow): HTMLElement | string {
  const { state, reason } = row;
  const text = stateText(row);
  return state === null
    ? text
    : element("span", { class: `state state-${state}`, title: reason ?? "" }, text);
}
