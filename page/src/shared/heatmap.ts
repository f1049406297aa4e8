/** Converts numbers to colours: one pixel each, rows downwards, time to the right. */

import type { Theme } from "./palette.ts";

export type Rgb = readonly [red: number, green: number, blue: number];

/** Maps values from lo to hi to evenly spaced colours. */
export interface Scale {
  readonly lo: number;
  readonly hi: number;
  readonly colours: readonly Rgb[];
}

/** Returns the scale for weights, gates and bits; 0 has the background colour. */
export function unitScale(theme: Theme): Scale {
  const colours: Rgb[] = theme.dark
    ? [
        [24, 30, 38],
        [38, 84, 140],
        [86, 180, 233],
        [250, 236, 150],
      ]
    : [
        [244, 246, 249],
        [130, 184, 222],
        [0, 114, 178],
        [8, 30, 70],
      ];
  return { lo: 0, hi: 1, colours };
}

/** Returns the scale for signed numbers: 0 has the background colour, and both ends are at the largest magnitude. */
export function signedScale(theme: Theme, most: number): Scale {
  const ground: Rgb = theme.dark ? [24, 30, 38] : [250, 250, 250];
  const blue: Rgb = theme.dark ? [86, 180, 233] : [0, 92, 158];
  const orange: Rgb = theme.dark ? [255, 157, 92] : [196, 78, 0];
  return { lo: -most, hi: most, colours: [blue, ground, orange] };
}

export function colourAt({ lo, hi, colours }: Scale, value: number): Rgb {
  if (!Number.isFinite(value)) return [220, 30, 60];
  const share = hi > lo ? Math.min(1, Math.max(0, (value - lo) / (hi - lo))) : 0;
  const at = share * (colours.length - 1);
  const index = Math.min(colours.length - 2, Math.floor(at));
  const [a, b, rest] = [colours[index]!, colours[index + 1]!, at - index];
  const mixed = (channel: 0 | 1 | 2) => Math.round(a[channel] + (b[channel] - a[channel]) * rest);
  return [mixed(0), mixed(1), mixed(2)];
}

/** @returns RGBA, row-major: `rows` × `columns` pixels */
export function pixels(
  rows: number,
  columns: number,
  value: (row: number, column: number) => number,
  scale: Scale,
): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(rows * columns * 4);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const at = (row * columns + column) * 4;
      const [red, green, blue] = colourAt(scale, value(row, column));
      rgba[at] = red;
      rgba[at + 1] = green;
      rgba[at + 2] = blue;
      rgba[at + 3] = 255;
    }
  }
  return rgba;
}
