import assert from "node:assert/strict";
import { test } from "node:test";
import { beyondTraining, measure, validationSplit } from "./evaluation.ts";
import { parameterCount } from "./parameters.ts";
import { makeBatch } from "./tasks/batches.ts";
import { copy } from "./tasks/copy.ts";
import { fakeEngine, smallConfig, targets } from "./testing/fake-engine.ts";

const { training, model } = smallConfig();
const parameters = new Float32Array(parameterCount(model));
const engine = fakeEngine(model);

test("measure() gives means over batches 0, 1, 2 of stream 2, 16 sequences each", async () => {
  const split = validationSplit(training);
  const batches = [0, 1, 2].map((step) =>
    makeBatch(copy, split.settings, { seed: 9, stream: 2, step, from: 0, sequences: 16 }),
  );
  const means = batches.flatMap(targets);
  const loss = means.reduce((sum, target) => sum + target, 0) / 48;
  const measured = await measure(engine, parameters, { task: copy, split, seed: 9, batches: 3 });
  assert.ok(Math.abs(measured.loss - loss) < 1e-12);
  assert.equal(measured.lossBits, measured.loss / Math.LN2);
  assert.equal(
    measured.wrongBits,
    batches.flatMap(({ mask }) => [...mask]).reduce((sum, one) => sum + one, 0) / 48,
  );
  assert.equal(measured.exact, means.filter((target) => target > 0.5).length / 48);
  assert.equal(measured.sequences, 48);
});

test("measure() gives the same every time, and other figures for another split", async () => {
  const of = (length: number) =>
    measure(engine, parameters, {
      task: copy,
      split: { name: "x", settings: { bits: 2, length } },
      seed: 1,
      batches: 2,
    });
  assert.deepEqual(await of(3), await of(3));
  assert.equal((await of(3)).wrongBits, 3);
  assert.equal((await of(7)).wrongBits, 7);
});

test("measure() pauses after each batch, and ends where that throws", async () => {
  let pauses = 0;
  const options = { task: copy, split: validationSplit(training), seed: 1, batches: 5 };
  await measure(engine, parameters, options, () => void pauses++);
  assert.equal(pauses, 5);
  const ended = measure(engine, parameters, options, async () => {
    throw new Error("told to end");
  });
  await assert.rejects(ended, /told to end/);
});

test("beyondTraining() has the splits of docs/model.md §14, each with only its own range changed", () => {
  assert.deepEqual(
    beyondTraining(training, copy).map(({ name }) => name),
    ["length-20", "length-40", "length-80", "length-120"],
  );
  assert.deepEqual(beyondTraining(training, copy)[1]!.settings, { bits: 2, length: [40, 40] });
  assert.deepEqual(validationSplit(training), { name: "validation", settings: { bits: 2, length: [1, 3] } });
});
