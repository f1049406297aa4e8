/** The sizes of an episode. */

import type { EpisodeSize } from "./api.ts";

/** The sizes that an episode has unless others are chosen, by name. */
export function firstSizes(sizes: readonly EpisodeSize[]): Record<string, number> {
  return Object.fromEntries(sizes.map(({ name, first }) => [name, first]));
}
