/** Asserts shapes by the names of their axes. */

import type { Tensor } from "@tensorflow/tfjs-core";
import { assert } from "../../assert.ts";

/** A tensor and the names of its axes, slowest first, separated by spaces: [usage, "batch slots"]. */
export type Shaped = readonly [tensor: Tensor, axes: string];

/**
 * Asserts that each tensor has the named axes and that a name has one size everywhere. A number as a name is that size.
 *
 * @returns the size of each named axis
 */
export function assertShapes(...shaped: readonly Shaped[]): Record<string, number> {
  const sizes: Record<string, number> = {};
  for (const [tensor, axes] of shaped) {
    const names = axes.split(" ");
    const agrees =
      tensor.shape.length === names.length &&
      tensor.shape.every((size, axis) => {
        const name = names[axis]!;
        sizes[name] ??= /^\d/.test(name) ? Number(name) : size;
        return sizes[name] === size;
      });
    assert(
      agrees,
      `a tensor must be [${names.join(", ")}] with ${JSON.stringify(sizes)}, got [${tensor.shape}]`,
    );
  }
  return sizes;
}
