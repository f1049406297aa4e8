import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import * as op from "./ops.ts";
import { assertClose, assertGradient, seeded, uniform } from "./testing.ts";

type Case = readonly [name: string, compute: (...inputs: tf.Tensor[]) => tf.Tensor, ...shapes: number[][]];

const order = tf.tensor1d([3, 0, 5, 1, 4, 2], "int32");
const back = tf.tensor1d([1, 3, 5, 0, 4, 2], "int32");

const cases: readonly Case[] = [
  ["add", (a, b) => op.add(a!, b!), [3, 5], [3, 5]],
  ["add, broadcast", (a, b) => op.add(a!, b!), [2, 1, 5], [2, 3, 1]],
  ["sub, broadcast", (a, b) => op.sub(a!, b!), [5], [2, 3, 5]],
  ["mul, broadcast", (a, b) => op.mul(a!, b!), [2, 3, 1], [3, 5]],
  ["div, broadcast", (a, b) => op.div(a!, b!), [2, 3, 1], [2, 1, 5]],
  ["an input twice", (a) => op.mul(a!, a!), [3, 5]],
  ["plus", (x) => op.plus(x!, 2), [3, 5]],
  ["times", (x) => op.times(3, x!), [3, 5]],
  ["oneMinus", (x) => op.oneMinus(x!), [3, 5]],
  ["log", (x) => op.log(x!), [3, 5]],
  ["sigmoid", (x) => op.sigmoid(x!), [3, 5]],
  ["tanh", (x) => op.tanh(x!), [3, 5]],
  ["softplus", (x) => op.softplus(x!), [3, 5]],
  ["softmax", (x) => op.softmax(x!), [2, 3, 5]],
  ["norm", (x) => op.norm(x!, 1e-6), [2, 3, 5]],
  ["sum", (x) => op.sum(x!), [2, 3, 5]],
  ["matMul", (a, b) => op.matMul(a!, b!), [2, 3, 5], [2, 5, 4]],
  ["matMul, first transposed", (a, b) => op.matMul(a!, b!, true), [2, 5, 3], [2, 5, 4]],
  ["matMul, second transposed", (a, b) => op.matMul(a!, b!, false, true), [2, 3, 5], [2, 4, 5]],
  ["matMul, both transposed", (a, b) => op.matMul(a!, b!, true, true), [2, 5, 3], [2, 4, 5]],
  ["reshape", (x) => op.reshape(x!, [5, 6]), [2, 3, 5]],
  ["transpose", (x) => op.transpose(x!, [1, 2, 0]), [2, 3, 5]],
  ["concat", (a, b) => op.concat([a!, b!], 1), [2, 3, 5], [2, 4, 5]],
  ["split", (x) => op.mul(...(op.split(x!, [2, 1, 2], 2) as [tf.Tensor, tf.Tensor])), [2, 3, 5]],
  ["repeat", (x) => op.repeat(x!, 1, 4), [2, 1, 3]],
  ["permute", (x) => op.permute(x!, order, back), [2, 3]],
  ["moveRight", (x) => op.moveRight(x!, 2), [3, 5]],
  ["rotations", (x) => op.rotations(x!, 5), [2, 3, 7]],
  ["rotations, farther than round", (x) => op.rotations(x!, 9), [2, 3, 3]],
];

for (const [name, compute, ...shapes] of cases) {
  test(`${name} has the gradient that differences give`, () => {
    const random = seeded(1);
    assertGradient(
      compute,
      shapes.map((shape) => uniform(random, shape, 0.5, 1.5)),
    );
  });
}

test("permute() takes elements by their places, and moveRight() moves ones in", () => {
  assertClose(
    op.permute(
      tf.tensor([
        [10, 11, 12],
        [13, 14, 15],
      ]),
      order,
      back,
    ),
    [13, 10, 15, 11, 14, 12],
  );
  assertClose(
    op.moveRight(
      tf.tensor([
        [2, 3, 5],
        [7, 11, 13],
      ]),
      1,
    ),
    [1, 2, 3, 1, 7, 11],
  );
});
