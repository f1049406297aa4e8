/** Finds the slots that the heads use, and where each head is. */

import type { EpisodeData, Plane } from "./episode.ts";
import { whole } from "./text.ts";

/** A slot is in use if a write or read weight ever exceeds this. */
const leastWeight = 0.05;

/** Returns the slots in use, ascending. */
export function slotsInUse({ tensors }: EpisodeData): number[] {
  const used = new Set<number>();
  for (const { shape, data } of [tensors.writeWeights, tensors.readWeights].filter(
    (one) => one !== undefined,
  )) {
    const slots = shape[2]!;
    data.forEach((weight, index) => {
      if (weight > leastWeight) used.add(index % slots);
    });
  }
  return [...used].sort((a, b) => a - b);
}

/** Returns every slot of the memory; none without one. */
export function allSlots({ tensors }: EpisodeData): number[] {
  return Array.from({ length: tensors.memory?.shape[1] ?? 0 }, (_, slot) => slot);
}

/** Says how many slots are in use; nothing without a memory. */
export function slotsText(data: EpisodeData): string {
  const [used, all] = [slotsInUse(data).length, allSlots(data).length];
  if (all === 0) return "";
  if (used === 0) return `No weight exceeds ${leastWeight}, so all slots are shown.`;
  return `${whole(used)} of ${whole(all)} slots ${used === 1 ? "is" : "are"} in use.`;
}

export interface HeadPlace {
  readonly kind: "write" | "read";
  /** The head's number among those of its kind, from 1; null if it is the only one. */
  readonly number: number | null;
  /** The slot with the largest weight. */
  readonly slot: number;
  readonly weight: number;
}

/** Returns the place of every head at a time, write heads first. */
export function headPlaces({ tensors }: EpisodeData, time: number): HeadPlace[] {
  return [...places("write", tensors.writeWeights), ...places("read", tensors.readWeights)];

  function places(kind: HeadPlace["kind"], weights: Plane | undefined): HeadPlace[] {
    if (!weights) return [];
    const { shape, data } = weights;
    const [, count, slots] = shape as [number, number, number];
    return Array.from({ length: count }, (_, head) => {
      const row = data.subarray((time * count + head) * slots, (time * count + head + 1) * slots);
      const slot = row.reduce((best, value, index) => (value > row[best]! ? index : best), 0);
      return { kind, number: count > 1 ? head + 1 : null, slot, weight: row[slot]! };
    });
  }
}

/** A mark beside a slot of the memory, for the heads of a kind that are there. */
export interface HeadMark extends Pick<HeadPlace, "kind" | "slot"> {
  /** `2▶` for the second write head, `◀×3` for three read heads. */
  readonly text: string;
}

/** Returns the marks of the heads that are focused at a time. */
export function headMarks(data: EpisodeData, time: number): HeadMark[] {
  const places = headPlaces(data, time).filter(({ weight }) => weight > leastWeight);
  return places.flatMap((place) => {
    const { kind, slot, number } = place;
    const there = places.filter((one) => one.kind === kind && one.slot === slot);
    if (there[0] !== place) return [];
    const heads = there.length > 1 ? `×${there.length}` : (number ?? "");
    return [{ kind, slot, text: kind === "write" ? `${heads}▶` : `◀${heads}` }];
  });
}

/** Describes in words where the heads are at a time, and how sharply they are focused there. */
export function headsText(data: EpisodeData, time: number): string[] {
  return headPlaces(data, time).map(({ kind, number, slot, weight }) => {
    const name = number === null ? `${kind} head` : `${kind} head ${number}`;
    return `${name}: slot ${slot + 1}, weight ${weight.toFixed(2)}`;
  });
}
