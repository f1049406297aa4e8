/** Gives pictures side by side the same colour scales, so that equal colours mean equal values. */

import type { Colours } from "./heatmap.ts";
import type { Kind } from "./meanings.ts";

interface Coloured {
  readonly kind: Kind;
  readonly colours: Colours;
}

/**
 * Returns the pictures with scales that reach to the largest value of their kind on any side.
 *
 * @param sides the pictures of each side
 */
export function withSharedColours<Picture extends Coloured>(
  sides: readonly (readonly Picture[])[],
): Picture[][] {
  const most = new Map<string, number>();
  for (const { kind, colours } of sides.flat()) {
    if (colours.kind === "pair") continue;
    const key = `${kind} ${colours.kind}`;
    most.set(key, Math.max(colours.most, most.get(key) ?? 0));
  }
  const shared = ({ kind, colours }: Coloured): Colours =>
    colours.kind === "pair" ? colours : { ...colours, most: most.get(`${kind} ${colours.kind}`)! };
  return sides.map((pictures) => pictures.map((picture) => ({ ...picture, colours: shared(picture) })));
}
