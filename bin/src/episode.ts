/** Turns a batch of one sequence into the planes of a picture. */

import type { Batch } from "memnet";
import type { Episode, Plane } from "./text/picture.ts";

export function planesOf({ times, x, y, mask }: Batch): Episode & { readonly target: Plane } {
  return {
    input: { times, channels: x.length / times, data: x },
    target: { times, channels: y.length / times, data: y },
    mask,
  };
}
