/**
 * Allocation: sends the next write to the least used slots first.
 *
 * docs/model.md §6.3. Nature 538, Methods, "Dynamic memory allocation": the free list φ and the allocation weights a.
 */

import type { Tensor, Tensor1D } from "@tensorflow/tfjs-core";
import { epsilon } from "../memory/content.ts";
import * as op from "../ops.ts";
import { assertShapes } from "../shapes.ts";
import { tf } from "../tf.ts";

/** Usage is ordered in steps of 2⁻¹², so that slots that differ by rounding alone keep their order. */
const orderSteps = 4096;

/**
 * Allocation weights, A[φ_j] = (1 − v[φ_j]) Π_{i<j} v[φ_i], v = ε + (1 − ε)u, φ sorting v ascending.
 *
 * @param usage [batch, slots] in [0, 1]; 1 is fully used
 * @returns     [batch, slots], each row non-negative with sum at most 1
 */
export function allocation(usage: Tensor): Tensor {
  assertShapes([usage, "batch slots"]);
  const used = op.plus(op.times(1 - epsilon, usage), epsilon);
  const { order, place } = freeList(used);
  const sorted = op.permute(used, order, place);
  return op.permute(op.mul(op.oneMinus(sorted), productBefore(sorted)), place, order);
}

/**
 * The free list φ, least used first, ties to the lower slot; no gradient flows through it.
 *
 * @param used [batch, slots] in [0, 1]
 * @returns    order: for each place which slot, place: for each slot which place; int32 [batch·slots], both counted
 *             through the flattened tensor
 */
export function freeList(used: Tensor): { order: Tensor1D; place: Tensor1D } {
  const [batch, slots] = used.shape as [number, number];
  const keys = used.dataSync().map((value) => Math.floor(value * orderSteps));
  const order = new Int32Array(batch * slots);
  const place = new Int32Array(batch * slots);
  for (let row = 0; row < batch * slots; row += slots) {
    const inRow = order.subarray(row, row + slots).map((_, slot) => row + slot);
    order.set(
      inRow.sort((a, b) => keys[a]! - keys[b]! || a - b),
      row,
    );
  }
  for (const [at, slot] of order.entries()) place[slot] = at;
  return { order: tf.tensor1d(order, "int32"), place: tf.tensor1d(place, "int32") };
}

/**
 * Products of all elements before each one, by a scan in log₂(slots) rounds: its gradient never divides by a
 * prefix, which reaches 1e-36 and below.
 *
 * @param rows [batch, slots] in [0, 1]
 * @returns    [batch, slots], the first column 1
 */
export function productBefore(rows: Tensor): Tensor {
  const slots = rows.shape[1]!;
  let product = op.moveRight(rows, 1);
  for (let reach = 1; reach < slots; reach *= 2) product = op.mul(product, op.moveRight(product, reach));
  return product;
}
