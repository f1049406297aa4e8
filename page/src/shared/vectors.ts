/** What an episode's heads write and read, as vectors: figure 6 of the NTM paper, arXiv 1410.5401. */

import type { EpisodeData, Plane } from "./episode.ts";

type Tensors = EpisodeData["tensors"];

/**
 * Returns what each write head adds, times the sum of its weights: a DNC's head may write next to nothing.
 *
 * @returns [time, writes, width]
 */
export function writtenVectors({ add, writeWeights }: Tensors): Plane {
  const [times, heads, width] = add!.shape as [number, number, number];
  const slots = writeWeights!.shape[2]!;
  const data = new Float32Array(times * heads * width);
  for (let row = 0; row < times * heads; row++) {
    const sum = writeWeights!.data
      .subarray(row * slots, (row + 1) * slots)
      .reduce((all, one) => all + one, 0);
    for (let index = row * width; index < (row + 1) * width; index++) data[index] = sum * add!.data[index]!;
  }
  return { shape: add!.shape, data };
}

/**
 * Returns what each read head reads, r = Mᵀ w; docs/model.md §4.3.
 *
 * @returns [time, reads, width]
 */
export function readVectors({ memory, readWeights }: Tensors): Plane {
  const [times, slots, width] = memory!.shape as [number, number, number];
  const heads = readWeights!.shape[1]!;
  const data = new Float32Array(times * heads * width);
  for (let row = 0; row < times * heads; row++) {
    const time = Math.floor(row / heads);
    for (let slot = 0; slot < slots; slot++) {
      const weight = readWeights!.data[row * slots + slot]!;
      if (weight === 0) continue;
      const from = (time * slots + slot) * width;
      for (let index = 0; index < width; index++)
        data[row * width + index]! += weight * memory!.data[from + index]!;
    }
  }
  return { shape: [times, heads, width], data };
}
