import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { cutFields } from "./fields.ts";
import { assertClose } from "./testing.ts";

test("cutFields() cuts head by head, write heads first", () => {
  const model = {
    model: "dnc",
    input: 1,
    output: 1,
    hidden: 1,
    slots: 5,
    width: 1,
    reads: 1,
    writes: 2,
  } as const;
  // Two write heads of 6 (key, strength, allocation gate, write gate, erase, add), a read head of 1+1+1+5.
  const { write, read } = cutFields(model, tf.reshape(tf.range(0, 20), [1, 20]));
  assertClose(write.key!, tf.tensor([[[0], [6]]]));
  assertClose(write.writeGate!, tf.tensor([[[3], [9]]]));
  assertClose(write.add!, tf.tensor([[[5], [11]]]));
  assertClose(read.freeGate!, tf.tensor([[[14]]]));
  assertClose(read.mode!, tf.tensor([[[15, 16, 17, 18, 19]]]));
});
