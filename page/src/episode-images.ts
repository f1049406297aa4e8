/** Draws an episode as PNG files, the pictures of the report without their sentences. */

import { type Cell, type Raster, stillsRaster, stillTimes, stripRaster } from "./raster.ts";
import { readEpisode } from "./shared/episode.ts";
import { allSlots, slotsInUse } from "./shared/slots.ts";
import { stillsOf } from "./shared/stills.ts";
import { rowHeight } from "./shared/strip.ts";
import { stripsOf } from "./shared/strips.ts";

/** Pictures of fewer numbers are enlarged to about this width. */
const widthLeast = 480;
const gap = 8;

/**
 * Returns the pictures by their titles, in the order of the report: input, target, output, error, what the heads do, and
 * the memory at four times of the episode.
 *
 * @param file an episode, as a Player plays it
 */
export function episodeImages(file: Uint8Array): Map<string, Raster> {
  const data = readEpisode(file.slice().buffer);
  const used = slotsInUse(data);
  const slots = used.length > 0 ? used : allSlots(data);
  const strips = stripsOf(data, { slots, apart: false }).map((strip) => {
    const cell = { width: enlarged(data.times), height: Math.max(1, Math.round(rowHeight(strip))) };
    return [strip.title, stripRaster(strip, data.times, cell)] as const;
  });
  const times = stillTimes(data);
  const stills = stillsOf(data, slots).map((still) => {
    const side = enlarged(times.length * Math.max(still.columns.length, still.rows.length));
    const cell: Cell = { width: side, height: side };
    return [still.title, stillsRaster(still, times, cell, gap)] as const;
  });
  return new Map([...strips, ...stills]);
}

/** Returns the pixels of a number, where a row has so many. */
function enlarged(numbers: number): number {
  return Math.max(1, Math.round(widthLeast / numbers));
}
