/** Converts numbers to colours: one pixel each, rows downwards, time to the right. */

import type { Theme } from "./palette.ts";

export type Rgb = readonly [red: number, green: number, blue: number];

/** Maps values from lo to hi to evenly spaced colours. */
export interface Scale {
  readonly lo: number;
  readonly hi: number;
  readonly colours: readonly Rgb[];
}

/**
 * What a picture's numbers are: amounts from 0 to the largest, signed numbers up to the largest magnitude, or pairs of
 * amounts up to 1, each with a colour of its own.
 */
export type Colours =
  | { readonly kind: "amount" | "signed"; readonly most: number }
  | { readonly kind: "pair"; readonly names: readonly [first: string, second: string] };

export const unit: Colours = { kind: "amount", most: 1 };

/** Returns the scale for weights, gates and bits; 0 has the background colour. */
export function amountScale(theme: Theme, most: number): Scale {
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
  return { lo: 0, hi: most, colours };
}

/** Returns the scale for signed numbers: 0 has the background colour, and both ends are at the largest magnitude. */
export function signedScale(theme: Theme, most: number): Scale {
  const ground: Rgb = theme.dark ? [24, 30, 38] : [250, 250, 250];
  const blue: Rgb = theme.dark ? [86, 180, 233] : [0, 92, 158];
  const orange: Rgb = theme.dark ? [255, 157, 92] : [196, 78, 0];
  return { lo: -most, hi: most, colours: [blue, ground, orange] };
}

/** Returns the scale of numbers that are not pairs. */
export function scaleOf(theme: Theme, { kind, most }: Exclude<Colours, { kind: "pair" }>): Scale {
  return kind === "signed" ? signedScale(theme, most || 1) : amountScale(theme, most || 1);
}

export function colourAt({ lo, hi, colours }: Scale, value: number): Rgb {
  if (!Number.isFinite(value)) return [220, 30, 60];
  const share = hi > lo ? Math.min(1, Math.max(0, (value - lo) / (hi - lo))) : 0;
  const at = share * (colours.length - 1);
  const index = Math.min(colours.length - 2, Math.floor(at));
  return mixed(colours[index]!, colours[index + 1]!, at - index);
}

/** Blue and orange, which colour-blind people can tell apart; where both are strong, the pair is darkest or brightest. */
export function pairAt(theme: Theme, first: number, second: number): Rgb {
  const ground: Rgb = theme.dark ? [24, 30, 38] : [244, 246, 249];
  const blue: Rgb = theme.dark ? [86, 180, 233] : [0, 114, 178];
  const orange: Rgb = theme.dark ? [255, 157, 92] : [213, 94, 0];
  if (!Number.isFinite(first) || !Number.isFinite(second)) return [220, 30, 60];
  const share = (value: number) => Math.min(1, Math.max(0, value));
  const [a, b] = [mixed(ground, blue, share(first)), mixed(ground, orange, share(second))];
  const both = (channel: 0 | 1 | 2) =>
    theme.dark
      ? Math.min(255, a[channel] + b[channel] - ground[channel])
      : Math.round((a[channel] * b[channel]) / ground[channel]);
  return [both(0), both(1), both(2)];
}

/** Returns the colour of one number, or of the two of a pair. */
export function painter(theme: Theme, colours: Colours): (value: number, second: number) => Rgb {
  if (colours.kind === "pair") return (first, second) => pairAt(theme, first, second);
  const scale = scaleOf(theme, colours);
  return (value) => colourAt(scale, value);
}

function mixed(a: Rgb, b: Rgb, share: number): Rgb {
  const at = (channel: 0 | 1 | 2) => Math.round(a[channel] + (b[channel] - a[channel]) * share);
  return [at(0), at(1), at(2)];
}

/** @returns RGBA, row-major: `rows` × `columns` pixels */
export function pixels(
  rows: number,
  columns: number,
  colour: (row: number, column: number) => Rgb,
): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(rows * columns * 4);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const at = (row * columns + column) * 4;
      const [red, green, blue] = colour(row, column);
      rgba[at] = red;
      rgba[at + 1] = green;
      rgba[at + 2] = blue;
      rgba[at + 3] = 255;
    }
  }
  return rgba;
}
