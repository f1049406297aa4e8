/** The pictures of an episode at one time: the memory and a DNC's links. */

import type { EpisodeData } from "./episode.ts";
import { type Colours, unit } from "./heatmap.ts";
import type { Kind } from "./meanings.ts";
import { largest, shortNumber } from "./strip.ts";

export interface Still {
  readonly kind: Kind & ("memory" | "link");
  readonly title: string;
  /** Describes the rows and columns. */
  readonly about: string;
  /** The names of the rows: slots, counted from 1; of links, those that were written next. */
  readonly rows: readonly string[];
  /** The names of the columns: the word's numbers; of links, the slots that were written before. */
  readonly columns: readonly string[];
  /** Over all times, so that colours mean the same at each. */
  readonly colours: Colours;
  value(time: number, row: number, column: number): number;
}

/** @param slots the slots shown, ascending */
export function stillsOf({ tensors }: EpisodeData, slots: readonly number[]): Still[] {
  const { memory, link } = tensors;
  if (!memory) return [];
  const [, all, width] = memory.shape as [number, number, number];
  const names = slots.map((slot) => String(slot + 1));
  const still: Still = {
    ...{ kind: "memory", title: "Memory", about: `${slots.length} slots, width ${width}` },
    ...{ rows: names, columns: Array.from({ length: width }, (_, index) => String(index + 1)) },
    colours: { kind: "signed", most: largest(memory) },
    value: (time, row, column) => memory.data[(time * all + slots[row]!) * width + column]!,
  };
  return link ? [still, ...links()] : [still];

  /** In a link matrix, the row of each slot says after which slot it was written. */
  function links(): Still[] {
    const writes = link!.shape[1]!;
    return Array.from({ length: writes }, (_, head) => ({
      ...{ kind: "link", title: writes > 1 ? `Links of write head ${head + 1}` : "Links" },
      ...{ about: `${slots.length} slots by ${slots.length}`, rows: names, columns: names, colours: unit },
      value: (time, row, column) =>
        link!.data[((time * writes + head) * all + slots[row]!) * all + slots[column]!]!,
    }));
  }
}

/** Describes one number of a still: `time 12, from slot 3 to slot 4: 0.98`. */
export function stillText(still: Still, time: number, row: number, column: number): string {
  const place =
    still.kind === "link"
      ? `from slot ${still.columns[column]} to slot ${still.rows[row]}`
      : `slot ${still.rows[row]}, number ${still.columns[column]}`;
  return `time ${time + 1}, ${place}: ${shortNumber(still.value(time, row, column))}`;
}
