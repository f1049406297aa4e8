/** A picture with time running to the right. */

import type { Plane } from "./episode.ts";
import type { Colours } from "./heatmap.ts";
import type { Kind } from "./meanings.ts";

export interface Strip {
  /** What the strip shows, for its explanation. */
  readonly kind: Kind;
  readonly title: string;
  readonly rowName: "channel" | "slot" | "head" | "number" | "shift";
  /** The name of each row; slots are counted from 1. */
  readonly names: readonly string[];
  /** Which rows are flags, if they are channels. */
  readonly flags?: readonly boolean[];
  readonly colours: Colours;
  value(row: number, time: number): number;
  /** The head that it shows alone, from 0. */
  readonly head?: number;
  /** The second number of a pair. */
  second?(row: number, time: number): number;
}

export interface Look {
  /** The slots shown, ascending. */
  readonly slots: readonly number[];
  /** Whether the weights of write heads and read heads are in strips of their own, instead of one for all. */
  readonly apart: boolean;
}

/** Returns a number of [time, rows]. */
export function at({ shape, data }: Plane, time: number, row: number): number {
  return data[time * shape[1]! + row]!;
}

/** Returns a number of [time, heads, rows]. */
export function ofHead({ shape, data }: Plane, time: number, head: number, row: number): number {
  return data[(time * shape[1]! + head) * shape[2]! + row]!;
}

export function largest({ data }: Pick<Plane, "data">): number {
  return data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

const heights = {
  slot: { least: 4, most: 14, whole: 240 },
  channel: { least: 1, most: 14, whole: 100 },
  number: { least: 1, most: 8, whole: 90 },
  head: { least: 8, most: 14, whole: 90 },
  shift: { least: 8, most: 14, whole: 90 },
} as const;
/** Strips of more channels or numbers than this have less than a pixel a row. */
const rowsMax = 150;

/** Returns the height of a row in pixels: a whole number, except in strips of very many rows. Slots have 4 at least. */
export function rowHeight({ rowName, names }: Pick<Strip, "rowName" | "names">): number {
  const { least, most, whole } = heights[rowName];
  const rows = Math.max(1, names.length);
  if (rowName !== "slot" && rows > rowsMax) return rowsMax / rows;
  return Math.min(most, Math.max(least, Math.floor(whole / rows)));
}

/** Describes a strip's rows: `16 slots`, or `10 channels: data 0–7; flags start, end`. */
export function rowsText({ rowName, names, flags = [] }: Pick<Strip, "rowName" | "names" | "flags">): string {
  const count = `${names.length} ${rowName}${names.length === 1 ? "" : "s"}`;
  if (!flags.includes(true)) return count;
  const data = names.filter((_, row) => !flags[row]);
  const numbered = data.filter((name, index) => name === String(index)).length;
  const bits = numbered > 2 ? [`0–${numbered - 1}`] : data.slice(0, numbered);
  const set = names.filter((_, row) => flags[row]);
  return `${count}: data ${[...bits, ...data.slice(numbered)].join(", ")}; flags ${set.join(", ")}`;
}

/** Describes one number of a strip: `time 12, slot 7: write 0.93, read 0`. */
export function hoverText(strip: Strip, row: number, time: number): string {
  const name = strip.rowName === "head" ? `${strip.names[row]} head` : `${strip.rowName} ${strip.names[row]}`;
  const { colours, second } = strip;
  const first = shortNumber(strip.value(row, time));
  const said =
    colours.kind === "pair" && second
      ? `${colours.names[0]} ${first}, ${colours.names[1]} ${shortNumber(second(row, time))}`
      : first;
  return `time ${time + 1}, ${name}: ${said}`;
}

export function shortNumber(value: number): string {
  return Math.abs(value) < 0.0005 ? "0" : String(Number(value.toPrecision(3)));
}
