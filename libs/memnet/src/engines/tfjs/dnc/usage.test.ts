import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { differentiated } from "../tape.ts";
import {
  assertClose,
  assertGradient,
  assertWithin,
  oneHot,
  seeded,
  uniform,
  weightRows,
} from "../testing.ts";
import { usageAfter as afterRetention, retentionOf, usageWithClaim } from "./usage.ts";

const usageAfter = (usage: tf.Tensor, writes: tf.Tensor, free: tf.Tensor, reads: tf.Tensor) =>
  afterRetention(usage, writes, retentionOf(free, reads));
const none = (heads: number, slots: number) => tf.zeros([1, heads, slots]);

test("usageAfter() fills what is written and keeps the rest: Nature 538, Methods, u_t", () => {
  const usage = tf.tensor([[0.2, 0, 1, 0.5, 0.4]]);
  const written = usageAfter(usage, oneHot(1, 5), tf.zeros([1, 1, 1]), none(1, 5));
  assertClose(written, [0.2, 1, 1, 0.5, 0.4]);
});

test("usageAfter() of several write heads joins them as independent chances", () => {
  const writes = tf.tensor([
    [
      [0.5, 0, 0.1],
      [0.5, 0.25, 0.2],
    ],
  ]);
  const written = usageAfter(tf.tensor([[0, 0.5, 0]]), writes, tf.zeros([1, 1, 1]), none(1, 3));
  assertClose(written, [0.75, 0.5 + 0.5 * 0.25, 1 - 0.9 * 0.8]);
});

test("usageAfter() frees what was read with an open free gate: Nature 538, Methods, ψ_t", () => {
  const reads = tf.concat([oneHot(0, 5), oneHot(3, 5)], 1);
  const usage = tf.fill([1, 5], 0.8);
  const freed = usageAfter(usage, none(2, 5), tf.tensor([[[1], [0]]]), reads);
  assertClose(freed, [0, 0.8, 0.8, 0.8, 0.8]);
  const both = usageAfter(usage, none(2, 5), tf.tensor([[[1], [0.5]]]), reads);
  assertClose(both, [0, 0.8, 0.8, 0.4, 0.8]);
});

test("usageAfter() stays in [0, 1]", () => {
  const random = seeded(1);
  const usage = usageAfter(
    uniform(random, [3, 7]),
    weightRows(random, [3, 2, 7]),
    uniform(random, [3, 5, 1]),
    weightRows(random, [3, 5, 7]),
  );
  assertWithin(usage, 0, 1);
});

test("usageAfter() has the gradient that differences give, but none through the write weights", () => {
  const random = seeded(2);
  const writes = weightRows(random, [3, 2, 7]);
  const others = [
    uniform(random, [3, 7]),
    uniform(random, [3, 5, 1]),
    weightRows(random, [3, 5, 7]),
  ] as const;
  assertGradient((usage, gate, reads) => usageAfter(usage!, writes, gate!, reads!), others);
  const { gradients } = differentiated(() => usageAfter(others[0], writes, others[1], others[2]), [writes]);
  assertClose(gradients[0]!, tf.zeros([3, 2, 7]), 0);
});

test("usageWithClaim() adds a claim with its gradient", () => {
  assertClose(usageWithClaim(tf.tensor([[0, 0.5, 1]]), tf.tensor([[0.5, 0.5, 0.5]])), [0.5, 0.75, 1]);
  const random = seeded(3);
  assertGradient(usageWithClaim, [uniform(random, [3, 7]), uniform(random, [3, 7])]);
});
