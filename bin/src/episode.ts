/** Turns a batch of one sequence into the planes of a picture, and those into JSON. */

import type { Batch, Channels } from "memnet";
import type { Episode, Plane } from "./text/picture.ts";

export function planesOf(
  { times, x, y, mask }: Batch,
  names: Channels,
): Episode & { readonly target: Plane } {
  return {
    input: { times, channels: x.length / times, data: x, names: names.input },
    target: { times, channels: y.length / times, data: y, names: names.output },
    mask,
  };
}

/** An episode as JSON: input and target are [time][channel], the mask is [time]. */
export function episodeRecord({ input, target, mask }: Episode) {
  return { times: input.times, input: rowsOf(input), target: rowsOf(target), mask: Array.from(mask) };
}

/** Returns the values of a plane, time by time. */
export function rowsOf({ times, channels, data }: Plane): number[][] {
  return Array.from({ length: times }, (_, time) =>
    Array.from({ length: channels }, (_, channel) => data[time * channels + channel]!),
  );
}
