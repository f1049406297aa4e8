/**
 * One memory access of an NTM: the write heads address M_{t−1} and write, then the read heads address M_t and read.
 *
 * docs/model.md §5.3. arXiv 1410.5401, section 3.
 */

import type { Tensor } from "@tensorflow/tfjs-core";
import type { NtmConfig } from "../../../config/model.ts";
import type { Access } from "../access.ts";
import { cutFields } from "../fields.ts";
import { norm } from "../memory/content.ts";
import { write } from "../memory/write.ts";
import * as op from "../ops.ts";
import { tf } from "../tf.ts";
import { address } from "./addressing.ts";

export interface NtmState {
  /** [batch, slots, width] */
  readonly memory: Tensor;
  /** [batch, slots, 1]: the read heads of one step and the write heads of the next see the same memory. */
  readonly norms: Tensor;
  /** [batch, writes, slots] */
  readonly writeWeights: Tensor;
  /** [batch, reads, slots] */
  readonly readWeights: Tensor;
  /** [batch, writes, 1] */
  readonly writeGate: Tensor;
  /** [batch, reads, 1] */
  readonly readGate: Tensor;
  /** [batch, writes, width], what the write heads add */
  readonly add: Tensor;
  /** [batch, writes, 1] */
  readonly writeStrength: Tensor;
  /** [batch, reads, 1] */
  readonly readStrength: Tensor;
  /** [batch, writes, shifts] */
  readonly writeShift: Tensor;
  /** [batch, reads, shifts] */
  readonly readShift: Tensor;
  /** [batch, writes, 1] */
  readonly writeSharpen: Tensor;
  /** [batch, reads, 1] */
  readonly readSharpen: Tensor;
}

/** What every slot holds before the first write: all but nothing, and not 0, whose direction is undefined. */
const initialMemory = 1e-6;

export function ntmAccess(model: NtmConfig): Access<NtmState> {
  const { writes, reads, width, shifts } = model;
  return {
    initial(batch) {
      const memory = tf.fill([batch, model.slots, width], initialMemory);
      return {
        memory,
        norms: norm(memory),
        writeWeights: onFirstSlot(batch, writes, model.slots),
        readWeights: onFirstSlot(batch, reads, model.slots),
        writeGate: tf.zeros([batch, writes, 1]),
        readGate: tf.zeros([batch, reads, 1]),
        add: tf.zeros([batch, writes, width]),
        writeStrength: tf.zeros([batch, writes, 1]),
        readStrength: tf.zeros([batch, reads, 1]),
        writeShift: tf.zeros([batch, writes, shifts]),
        readShift: tf.zeros([batch, reads, shifts]),
        writeSharpen: tf.zeros([batch, writes, 1]),
        readSharpen: tf.zeros([batch, reads, 1]),
      };
    },
    step(state, z) {
      const fields = cutFields(model, z);
      const writing = address(state.memory, state.norms, state.writeWeights, fields.write);
      // Differs from the paper: what is added passes through tanh, as in the original and in Collier & Beel.
      const add = op.tanh(fields.write.add!);
      const memory = write(state.memory, writing.weights, op.sigmoid(fields.write.erase!), add);
      const norms = norm(memory);
      const reading = address(memory, norms, state.readWeights, fields.read);
      return {
        memory,
        norms,
        writeWeights: writing.weights,
        readWeights: reading.weights,
        writeGate: writing.gate,
        readGate: reading.gate,
        add,
        writeStrength: writing.strength,
        readStrength: reading.strength,
        writeShift: writing.shifts,
        readShift: reading.shifts,
        writeSharpen: writing.exponent,
        readSharpen: reading.exponent,
      };
    },
  };
}

/** [batch, heads, slots], one-hot on slot 0. */
function onFirstSlot(batch: number, heads: number, slots: number): Tensor {
  const first = tf.oneHot(tf.zeros([batch * heads], "int32"), slots);
  return tf.cast(tf.reshape(first, [batch, heads, slots]), "float32");
}
