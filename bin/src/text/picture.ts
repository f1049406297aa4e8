/**
 * Draws episodes as text: time goes to the right, one row for each channel, one character for each value.
 *
 *     input 0 │ ..#.      │
 *           1 │ .##.      │
 *      target │     .#..# │
 */

/** [time, channel], row-major. */
export interface Plane {
  readonly times: number;
  readonly channels: number;
  readonly data: ArrayLike<number>;
  /** A name for each channel. */
  readonly names: readonly string[];
}

export interface Episode {
  readonly input: Plane;
  readonly target: Plane;
  /** [time]: 1 at times when the output counts. */
  readonly mask: ArrayLike<number>;
  /** Logits, above 0 for a 1; omitted if there is no model. */
  readonly output?: Plane;
}

export const legend =
  "# one   . zero   1–9 tenths   + above one   - below zero   X wrongly one   o wrongly zero   blank: does not count";
export const legendWithoutOutput =
  "# one   . zero   1–9 tenths   + above one   - below zero   blank: does not count";

/**
 * Draws the episode's input, mask, target and output below each other.
 *
 * @param columns the longest line allowed; a longer episode continues in bands below
 */
export function episodePicture(episode: Episode, columns = Number.POSITIVE_INFINITY): string {
  const rows = rowsOf(episode);
  const label = rows.reduce((longest, { name }) => Math.max(longest, name.length), 0);
  const room = Math.max(8, columns - label - 5);
  const { times } = episode.input;
  const bands: string[] = [];
  for (let from = 0; from < times; from += room) {
    const to = Math.min(times, from + room);
    const rule = (left: string, right: string) =>
      `${" ".repeat(label)} ${left}${"─".repeat(to - from)}${right}`;
    const lines = rows.flatMap(({ name, cells }, index) => [
      ...(index > 0 && rows[index - 1]!.plane !== rows[index]!.plane ? [rule("├", "┤")] : []),
      `${name.padStart(label)} │${cells.slice(from, to)}│`,
    ]);
    const title = times > room ? [`${" ".repeat(label)}  times ${from}–${to - 1}`] : [];
    bands.push([...title, rule("┌", "┐"), ...lines, rule("└", "┘")].join("\n"));
  }
  return bands.join("\n");
}

interface Row {
  readonly plane: string;
  readonly name: string;
  readonly cells: string;
}

function rowsOf({ input, target, mask, output }: Episode): Row[] {
  const counts = (time: number) => mask[time]! > 0;
  const maskCells = Array.from({ length: input.times }, (_, time) => (counts(time) ? "#" : "."));
  const outputRows = output
    ? planeRows("output", output, (logit, time, channel) =>
        counts(time) ? outputCell(logit, target.data[time * target.channels + channel]!) : " ",
      )
    : [];
  return [
    ...planeRows("input", input, (value) => inputCell(value)),
    { plane: "mask", name: "mask", cells: maskCells.join("") },
    ...planeRows("target", target, (value, time) => (counts(time) ? inputCell(value) : " ")),
    ...outputRows,
  ];
}

function planeRows(
  plane: string,
  { times, channels, data, names }: Plane,
  cell: (value: number, time: number, channel: number) => string,
): Row[] {
  return Array.from({ length: channels }, (_, channel) => ({
    plane,
    name: `${channel === 0 ? `${plane} ` : ""}${names[channel]}`,
    cells: Array.from({ length: times }, (_, time) =>
      cell(data[time * channels + channel]!, time, channel),
    ).join(""),
  }));
}

/** Draws an input or target value: tasks use zeros, ones and, for numbers, tenths. */
export function inputCell(value: number): string {
  if (value === 0) return ".";
  if (value === 1) return "#";
  if (value > 1) return "+";
  if (value > 0) return String(Math.min(9, Math.max(1, Math.round(value * 10))));
  return value < 0 ? "-" : "?";
}

/** Draws the model's answer, marking a wrong one. */
export function outputCell(logit: number, target: number): string {
  if (Number.isNaN(logit)) return "?";
  const one = logit > 0;
  if (one === target > 0.5) return one ? "#" : ".";
  return one ? "X" : "o";
}
