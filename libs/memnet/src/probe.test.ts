import assert from "node:assert/strict";
import { test } from "node:test";
import type { Engine } from "./engines/engine.ts";
import { fingerprint, probeBatch } from "./probe.ts";
import { copy } from "./tasks/copy.ts";
import { fakeEngine, smallConfig } from "./testing/fake-engine.ts";

const { training, model } = smallConfig();
const batch = probeBatch(training, copy);

test("probeBatch() is a full micro-batch at the longest length", () => {
  assert.equal(batch.sequences, training.microBatch);
  assert.equal(batch.times, 2 * 3 + 2);
  const asked = batch.mask.reduce((sum, one) => sum + one, 0);
  assert.equal(asked, 3 * training.microBatch);
});

test("fingerprint() is the same every time", async () => {
  const one = await fingerprint(fakeEngine(model), training, batch);
  assert.equal(await fingerprint(fakeEngine(model), training, batch), one);
  assert.match(one, /^[0-9a-f]{64}$/);
});

test("fingerprint() tells engines by name, by one bit of the gradient and by the loss", async () => {
  const fake = fakeEngine(model);
  const oneBit: Engine = {
    ...fake,
    async gradient(parameters, batch, into) {
      const loss = await fake.gradient(parameters, batch, into);
      new Uint32Array(into.buffer)[5]! ^= 1;
      return loss;
    },
  };
  const otherLoss: Engine = {
    ...fake,
    gradient: async (parameters, batch, into) =>
      (await fake.gradient(parameters, batch, into)) * (1 + Number.EPSILON),
  };
  const engines = [fake, { ...fake, name: "other" }, oneBit, otherLoss];
  const all = await Promise.all(engines.map((engine) => fingerprint(engine, training, batch)));
  assert.equal(new Set(all).size, engines.length);
});
