import assert from "node:assert/strict";
import { test } from "node:test";
import type { Batch, Engine } from "memnet";
import { Pipeline } from "./pipeline.ts";

const parameters = Float32Array.of(1, 2);

/** An engine that answers on demand; a batch's only input is its leaf. */
function slow(takesTwo: boolean) {
  const begun: number[] = [];
  const answers = new Map<number, (loss: number) => void>();
  const engine = {
    name: "slow",
    takesTwo,
    gradient: (given: Float32Array, { x: [leaf] }: Batch, into: Float32Array) => {
      begun.push(leaf!);
      return new Promise<number>((resolve, reject) => {
        answers.set(leaf!, (loss) => {
          into.set(given.map((value) => value * leaf!));
          if (loss < 0) reject(new Error("the device is gone"));
          else resolve(loss);
        });
      });
    },
  } as Partial<Engine> as Engine;
  return { engine, begun, answer: (leaf: number, loss: number) => answers.get(leaf)!(loss) };
}

const batch = (leaf: number): Batch => ({
  times: 1,
  sequences: 1,
  x: Float32Array.of(leaf),
  y: new Float32Array(1),
  mask: new Float32Array(1),
});

test("Pipeline.gradient() starts the next micro-batch before the current one has finished", async () => {
  const { engine, begun, answer } = slow(true);
  const pipeline = new Pipeline(engine);
  const places = [new Float32Array(2), new Float32Array(2), new Float32Array(2)];
  const first = pipeline.gradient(parameters, 4, 5, batch, places[0]!);
  assert.deepEqual(begun, [4, 5]);
  answer(4, 0.4);
  // Each gradient has its own buffer, however early it arrives.
  answer(5, 0.5);
  assert.equal(await first, 0.4);
  const second = pipeline.gradient(parameters, 5, 6, batch, places[1]!);
  assert.deepEqual(begun, [4, 5, 6]);
  assert.equal(await second, 0.5);
  const third = pipeline.gradient(parameters, 6, null, batch, places[2]!);
  answer(6, 0.6);
  assert.equal(await third, 0.6);
  assert.deepEqual(begun, [4, 5, 6]);
  assert.deepEqual(
    places.map(([one]) => one),
    [4, 5, 6],
  );
});

test("Pipeline.drain() waits for the pending micro-batch and discards it", async () => {
  const { engine, begun, answer } = slow(true);
  const pipeline = new Pipeline(engine);
  const present = pipeline.gradient(parameters, 0, 1, batch, new Float32Array(2));
  answer(0, 0.1);
  await present;
  const drained = pipeline.drain();
  answer(1, -1);
  await drained;
  const again = pipeline.gradient(parameters, 1, null, batch, new Float32Array(2));
  assert.deepEqual(begun, [0, 1, 1]);
  answer(1, 0.2);
  assert.equal(await again, 0.2);
});

test("Pipeline.gradient() fails if the leaf's own computation fails", async () => {
  const { engine, answer } = slow(true);
  const pipeline = new Pipeline(engine);
  const present = pipeline.gradient(parameters, 0, 1, batch, new Float32Array(2));
  answer(1, -1);
  answer(0, 0.1);
  await present;
  await assert.rejects(
    pipeline.gradient(parameters, 1, null, batch, new Float32Array(2)),
    /the device is gone/,
  );
});

test("Pipeline.gradient() gives an engine that takes one micro-batch at a time only one", async () => {
  const { engine, begun, answer } = slow(false);
  const pipeline = new Pipeline(engine);
  const present = pipeline.gradient(parameters, 0, 1, batch, new Float32Array(2));
  assert.deepEqual(begun, [0]);
  answer(0, 0.1);
  assert.equal(await present, 0.1);
});
