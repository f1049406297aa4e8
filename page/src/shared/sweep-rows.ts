/** Orders and filters a sweep's points for their table. */

import { bestFirst } from "@memnet/runs/spread";
import { type SortValue, sortedBy } from "./order.ts";
import { numbersOf, overIn, type SweepPoint, solvedIn } from "./sweep.ts";

const columns = {
  point: ({ label }) => label,
  over: (point) => overIn(point),
  solved: (point) => solvedIn(point),
  sequences: ({ spreads }) => spreads.sequences?.median,
  wrongBits: ({ spreads }) => spreads.wrongBits?.median,
  exact: ({ spreads }) => spreads.exact?.median,
  pruned: ({ pruned }) => pruned?.step,
} satisfies Record<string, (point: SweepPoint) => SortValue>;

/** A column of the table; a setting's is named by its path. */
export type ColumnName = keyof typeof columns | { readonly setting: string };

export interface Order {
  readonly by: ColumnName;
  readonly down: boolean;
}

/** Parses an order such as `-wrongBits`, or `setting:memory.slots`; null if it is none. */
export function columnOrderIn(text: string | null): Order | null {
  const [, minus, setting, name = ""] = /^(-?)(setting:)?(.+)$/.exec(text ?? "") ?? [];
  const down = minus === "-";
  if (setting) return { by: { setting: name }, down };
  return Object.hasOwn(columns, name) ? { by: name as keyof typeof columns, down } : null;
}

export function columnOrderText({ by, down }: Order): string {
  return `${down ? "-" : ""}${typeof by === "string" ? by : `setting:${by.setting}`}`;
}

/** Sorts points; those without a value come last. Without an order the best come first. */
export function ordered(points: readonly SweepPoint[], order: Order | null): SweepPoint[] {
  if (order === null) return points.toSorted(bestFirst);
  const { by, down } = order;
  return sortedBy(points, (point) => sortValue(point, by), down);
}

function sortValue(point: SweepPoint, by: ColumnName): SortValue {
  if (typeof by === "string") return columns[by](point);
  const text = point.settings[by.setting];
  return text === undefined ? undefined : (numbersOf([text])?.[0] ?? text);
}

/** A setting's value must be one text, or a number within bounds. */
export type Filter =
  | { readonly is: string }
  | { readonly lowest: number | null; readonly highest: number | null };

/** @param filters by the setting's path */
export function passes(
  { settings }: Pick<SweepPoint, "settings">,
  filters: ReadonlyMap<string, Filter>,
): boolean {
  return [...filters].every(([path, filter]) => {
    const text = settings[path];
    if (text === undefined) return false;
    if ("is" in filter) return text === filter.is;
    const value = Number(text);
    return value >= (filter.lowest ?? -Infinity) && value <= (filter.highest ?? Infinity);
  });
}

/** A setting with more values than this, if they are numbers, is filtered by bounds instead of by a choice. */
const choicesMax = 12;

/** Returns the values to choose from, in order; null if bounds are the better filter. */
export function choicesOf(path: string, points: readonly SweepPoint[]): string[] | null {
  const sorted = ordered(points, { by: { setting: path }, down: false });
  const texts = [...new Set(sorted.flatMap(({ settings }) => settings[path] ?? []))];
  return texts.length > choicesMax && numbersOf(texts) ? null : texts;
}
