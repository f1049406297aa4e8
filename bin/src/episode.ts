/** Turns a batch of one sequence into the planes of a picture. */

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
