/**
 * The temporal link matrix: which slot was written after which.
 *
 * docs/model.md §6.5. Nature 538, Methods, "Temporal memory linkage": the link matrix L and the precedence weights p.
 */

import type { Tensor } from "@tensorflow/tfjs-core";
import * as op from "../ops.ts";
import { assertShapes } from "../shapes.ts";

/**
 * L[i, j] ← (1 − w[i] − w[j]) L[i, j] + w[i] p[j], 0 where i = j: how much i was written right after j.
 *
 * @param link       [batch, writes, slots, slots], each row and column of sum at most 1
 * @param precedence [batch, writes, slots], p_{t−1}
 * @param weights    [batch, writes, slots], w^w_t, each row of sum at most 1
 * @param offDiagonal [slots, slots], 0 on the diagonal, else 1
 * @returns          [batch, writes, slots, slots]
 */
export function linkAfter(link: Tensor, precedence: Tensor, weights: Tensor, offDiagonal: Tensor): Tensor {
  const sizes = assertShapes(
    [link, "batch writes slots slots"],
    [precedence, "batch writes slots"],
    [weights, "batch writes slots"],
    [offDiagonal, "slots slots"],
  );
  const { batch, writes, slots } = sizes as Record<string, number>;
  const to = op.reshape(weights, [batch!, writes!, slots!, 1]);
  const from = op.reshape(weights, [batch!, writes!, 1, slots!]);
  const decay = op.sub(op.oneMinus(to), from);
  const added = op.matMul(to, op.reshape(precedence, [batch!, writes!, 1, slots!]));
  return op.mul(op.add(op.mul(decay, link), added), offDiagonal);
}

/**
 * p ← (1 − Σw) p + w: which slot was written last.
 *
 * @param precedence [batch, writes, slots], p_{t−1}, each row of sum at most 1
 * @param weights    [batch, writes, slots], w^w_t, each row of sum at most 1
 * @returns          [batch, writes, slots], each row of sum at most 1
 */
export function precedenceAfter(precedence: Tensor, weights: Tensor): Tensor {
  assertShapes([precedence, "batch writes slots"], [weights, "batch writes slots"]);
  return op.add(op.mul(op.oneMinus(op.sum(weights)), precedence), weights);
}
