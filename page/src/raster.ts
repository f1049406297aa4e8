/** Draws strips and stills as PNG files. */

import { encode } from "fast-png";
import type { EpisodeData } from "./shared/episode.ts";
import { painter, pixels, type Rgb } from "./shared/heatmap.ts";
import { lightTheme } from "./shared/palette.ts";
import type { Still } from "./shared/stills.ts";
import type { Strip } from "./shared/strip.ts";

export interface Raster {
  readonly png: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** The pixels of a number. */
export interface Cell {
  readonly width: number;
  readonly height: number;
}

/** For pictures that are enlarged where they are shown. */
const pixel: Cell = { width: 1, height: 1 };

/** Number of times at which memory and links are shown: the first, the last and two between. */
const stillCount = 4;

/** Returns the times, from 0, at which memory and links are shown. */
export function stillTimes({ times }: Pick<EpisodeData, "times">): number[] {
  return Array.from({ length: stillCount }, (_, index) =>
    Math.round(((times - 1) * index) / (stillCount - 1)),
  );
}

export function stripPng(strip: Strip, times: number): Uint8Array {
  return stripRaster(strip, times, pixel).png;
}

export function stillPng(still: Still, time: number): Uint8Array {
  return stillsRaster(still, [time], pixel, 0).png;
}

export function stripRaster(strip: Strip, times: number, cell: Cell): Raster {
  const colour = painter(lightTheme, strip.colours);
  return raster(strip.names.length * cell.height, times * cell.width, (y, x) => {
    const [row, time] = [Math.floor(y / cell.height), Math.floor(x / cell.width)];
    return colour(strip.value(row, time), strip.second?.(row, time) ?? 0);
  });
}

/** Draws a still at some times, side by side. @param gap white pixels between them */
export function stillsRaster(still: Still, times: readonly number[], cell: Cell, gap: number): Raster {
  const colour = painter(lightTheme, still.colours);
  const width = still.columns.length * cell.width;
  return raster(still.rows.length * cell.height, times.length * (width + gap) - gap, (y, x) => {
    const [picture, column] = [Math.floor(x / (width + gap)), Math.floor((x % (width + gap)) / cell.width)];
    if (column >= still.columns.length) return white;
    return colour(still.value(times[picture]!, Math.floor(y / cell.height), column), 0);
  });
}

const white: Rgb = [255, 255, 255];

function raster(height: number, width: number, colour: (y: number, x: number) => Rgb): Raster {
  const png = encode({ width, height, channels: 4, data: pixels(height, width, colour) });
  return { png, width, height };
}
