/**
 * One memory access of a DNC: free, allocate, write, link, read.
 *
 * docs/model.md §6. Nature 538, Methods, "Interface parameters" onward.
 */

import type { Tensor } from "@tensorflow/tfjs-core";
import type { DncConfig } from "../../../config/model.ts";
import type { Access } from "../access.ts";
import { cutFields, type Fields } from "../fields.ts";
import { content, maskedContent, norm } from "../memory/content.ts";
import { eachHead, write } from "../memory/write.ts";
import * as op from "../ops.ts";
import { tf } from "../tf.ts";
import { allocation } from "./allocation.ts";
import { linkAfter, precedenceAfter } from "./link.ts";
import { readWeights } from "./read.ts";
import { retentionOf, usageAfter, usageWithClaim } from "./usage.ts";

export interface DncState {
  /** [batch, slots, width] */
  readonly memory: Tensor;
  /** [batch, slots, 1]: the read heads of one step and the write heads of the next see the same memory. */
  readonly norms: Tensor;
  /** [batch, slots], before the first write head's claim */
  readonly usage: Tensor;
  /** [batch, writes, slots, slots] */
  readonly link: Tensor;
  /** [batch, writes, slots] */
  readonly precedence: Tensor;
  /** [batch, writes, slots] */
  readonly writeWeights: Tensor;
  /** [batch, reads, slots] */
  readonly readWeights: Tensor;
  /** [batch, writes, width], what the write heads add */
  readonly add: Tensor;
  /** [batch, writes, 1] */
  readonly writeStrength: Tensor;
  /** [batch, reads, 1] */
  readonly readStrength: Tensor;
  /** [batch, writes, slots] */
  readonly allocationWeights: Tensor;
  /** [batch, writes, slots], of the write heads */
  readonly contentWeights: Tensor;
  /** [batch, writes, 1] */
  readonly allocationGate: Tensor;
  /** [batch, writes, 1] */
  readonly writeGate: Tensor;
  /** [batch, reads, 1] */
  readonly freeGate: Tensor;
  /** [batch, reads, 2·writes + 1] */
  readonly readMode: Tensor;
  /** [slots, slots], 0 on the diagonal, else 1: a constant that every step needs. */
  readonly offDiagonal: Tensor;
}

/** The least that a mask lets through, δ. */
const leastMask = 0.1;

export function dncAccess(model: DncConfig): Access<DncState> {
  const { slots, width, reads, writes } = model;
  return {
    initial(batch) {
      const memory = tf.zeros([batch, slots, width]);
      return {
        memory,
        norms: norm(memory),
        usage: tf.zeros([batch, slots]),
        link: tf.zeros([batch, writes, slots, slots]),
        precedence: tf.zeros([batch, writes, slots]),
        writeWeights: tf.zeros([batch, writes, slots]),
        readWeights: tf.zeros([batch, reads, slots]),
        add: tf.zeros([batch, writes, width]),
        writeStrength: tf.zeros([batch, writes, 1]),
        readStrength: tf.zeros([batch, reads, 1]),
        allocationWeights: tf.zeros([batch, writes, slots]),
        contentWeights: tf.zeros([batch, writes, slots]),
        allocationGate: tf.zeros([batch, writes, 1]),
        writeGate: tf.zeros([batch, writes, 1]),
        freeGate: tf.zeros([batch, reads, 1]),
        readMode: tf.zeros([batch, reads, 2 * writes + 1]),
        offDiagonal: tf.sub(1, tf.eye(slots)),
      };
    },
    step(state, z) {
      const fields = cutFields(model, z);
      const freeGate = op.sigmoid(fields.read.freeGate!);
      const retention = retentionOf(freeGate, state.readWeights);
      const usage = usageAfter(state.usage, state.writeWeights, retention);
      const writing = writeWeights(state.memory, state.norms, usage, fields.write);
      const erase = op.sigmoid(fields.write.erase!);
      const kept = model.deallocate
        ? op.mul(state.memory, op.reshape(retention, [retention.shape[0]!, slots, 1]))
        : state.memory;
      const add = fields.write.add!;
      const memory = write(kept, writing.weights, erase, add);
      const norms = norm(memory);
      const link = linkAfter(state.link, state.precedence, writing.weights, state.offDiagonal);
      const readMode = op.softmax(fields.read.mode!);
      const readStrength = atLeastOne(fields.read.strength!);
      const byContent = contentOf(memory, norms, fields.read, readStrength);
      const { sharpenBackward, sharpenForward } = fields.read;
      const exponents =
        sharpenBackward && sharpenForward ? [sharpenBackward, sharpenForward].map(atLeastOne) : [];
      return {
        memory,
        norms,
        usage,
        link,
        precedence: precedenceAfter(state.precedence, writing.weights),
        writeWeights: writing.weights,
        readWeights: readWeights(link, state.readWeights, byContent, readMode, ...exponents),
        add,
        writeStrength: writing.strength,
        readStrength,
        allocationWeights: writing.allocation,
        contentWeights: writing.content,
        allocationGate: writing.allocationGate,
        writeGate: writing.writeGate,
        freeGate,
        readMode,
        offDiagonal: state.offDiagonal,
      };
    },
  };
}

/**
 * Write weights, w^w = g_w (g_a a + (1 − g_a) c): each head in order claims what it is allocated from the later ones.
 *
 * @param memory [batch, slots, width], M_{t−1}
 * @param norms  [batch, slots, 1]
 * @param usage  [batch, slots]
 * @returns      weights, and the allocation and content weights in them, [batch, writes, slots]; strength and both gates
 *               [batch, writes, 1]
 */
export function writeWeights(
  memory: Tensor,
  norms: Tensor,
  usage: Tensor,
  fields: Fields,
): Readonly<
  Record<"weights" | "allocation" | "content" | "strength" | "allocationGate" | "writeGate", Tensor>
> {
  const allocationGate = op.sigmoid(fields.allocationGate!);
  const writeGate = op.sigmoid(fields.writeGate!);
  const strength = atLeastOne(fields.strength!);
  const byContent = contentOf(memory, norms, fields, strength);
  const share = eachHead(op.mul(writeGate, allocationGate));
  const [batch, slots] = usage.shape as [number, number];
  const allocations: Tensor[] = [];
  const claims: Tensor[] = [];
  let seen = usage;
  for (const gate of share) {
    if (claims.length > 0) seen = usageWithClaim(seen, op.reshape(claims.at(-1)!, [batch, slots]));
    allocations.push(op.reshape(allocation(seen), [batch, 1, slots]));
    claims.push(op.mul(gate, allocations.at(-1)!));
  }
  const claimed = joined(claims);
  const weights = op.add(claimed, op.mul(op.mul(writeGate, op.oneMinus(allocationGate)), byContent));
  return {
    weights,
    allocation: joined(allocations),
    content: byContent,
    strength,
    allocationGate,
    writeGate,
  };
}

/** [batch, 1, slots] of each head as [batch, heads, slots]. */
function joined(rows: readonly Tensor[]): Tensor {
  return rows.length === 1 ? rows[0]! : op.concat(rows, 1);
}

/** Content weights of all heads of a kind. */
function contentOf(memory: Tensor, norms: Tensor, { key, mask }: Fields, strengths: Tensor): Tensor {
  if (!mask) return content(memory, norms, key!, strengths);
  return maskedContent(
    memory,
    key!,
    op.plus(op.times(1 - leastMask, op.sigmoid(mask)), leastMask),
    strengths,
  );
}

/** 1 + softplus, for key strengths and exponents. */
function atLeastOne(field: Tensor): Tensor {
  return op.plus(op.softplus(field), 1);
}
