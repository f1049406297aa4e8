/**
 * Read weights: backward or forward along the order of writing, or by content.
 *
 * docs/model.md §6.6 and §6.10.
 * Nature 538, Methods, "Temporal memory linkage" and "Memory reading": f = L w, b = Lᵀ w, read modes π.
 */

import type { Tensor } from "@tensorflow/tfjs-core";
import { sharpen } from "../memory/sharpen.ts";
import * as op from "../ops.ts";
import { assertShapes } from "../shapes.ts";

/**
 * m_b · Lᵀ w_{t−1} + m_f · L w_{t−1} + m_c · c, with one m_b and one m_f for each write head.
 *
 * @param link      [batch, writes, slots, slots], L_t
 * @param previous  [batch, reads, slots], w^r_{t−1}
 * @param byContent [batch, reads, slots], c
 * @param modes     [batch, reads, modes], each row with sum 1: backward for each write head, forward, content
 * @param exponents [batch, reads, 1], if the ways along the links are sharpened: backward, then forward
 * @returns         [batch, reads, slots]
 */
export function readWeights(
  link: Tensor,
  previous: Tensor,
  byContent: Tensor,
  modes: Tensor,
  ...exponents: readonly Tensor[]
): Tensor {
  const sizes = assertShapes(
    [link, "batch writes slots slots"],
    [previous, "batch reads slots"],
    [byContent, "batch reads slots"],
    [modes, `batch reads ${2 * link.shape[1]! + 1}`],
  );
  const { batch, writes, slots, reads } = sizes as Record<string, number>;
  // matMul's gradient does not add up over a broadcast axis, so the weights are repeated for each write head.
  const once = op.reshape(previous, [batch!, 1, reads!, slots!]);
  const repeated = writes === 1 ? once : op.repeat(once, 1, writes!);
  const sharpened = (way: Tensor, exponent: Tensor | undefined) =>
    exponent ? sharpen(way, op.reshape(exponent, [batch!, 1, reads!, 1])) : way;
  const backward = sharpened(op.matMul(repeated, link), exponents[0]);
  const forward = sharpened(op.matMul(repeated, link, false, true), exponents[1]);
  const ways = op.concat([backward, forward, op.reshape(byContent, [batch!, 1, reads!, slots!])], 1);
  const mixed = op.matMul(
    op.reshape(modes, [batch!, reads!, 1, 2 * writes! + 1]),
    op.transpose(ways, [0, 2, 1, 3]),
  );
  return op.reshape(mixed, [batch!, reads!, slots!]);
}
