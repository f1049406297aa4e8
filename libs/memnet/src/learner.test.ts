import assert from "node:assert/strict";
import { test } from "node:test";
import { type Learner, newLearner, takeStep } from "./learner.ts";
import { parameterCount } from "./parameters.ts";
import { smallConfig } from "./testing/fake-engine.ts";
import { assertSameBytes } from "./testing/golden.ts";

function learnerOf(optimizer: "rmsprop" | "adam"): Learner {
  const { training, model } = smallConfig({ optimizer: { kind: optimizer } });
  return newLearner(training, model, new Float32Array(parameterCount(model)).fill(0.5));
}

function sumOf(learner: Learner, value: number, loss = 12): { gradient: Float32Array; loss: number } {
  return { gradient: new Float32Array(learner.parameters.length).fill(value), loss };
}

test("newLearner() starts at step 0 with parameters of its own", () => {
  const { training, model } = smallConfig();
  const parameters = new Float32Array(parameterCount(model)).fill(0.5);
  const learner = newLearner(training, model, parameters);
  takeStep(learner, sumOf(learner, 1));
  assert.ok(parameters.every((value) => value === 0.5));
  assert.equal(learner.step, 1);
});

test("takeStep() reports the mean loss and the norm before clipping", () => {
  const learner = learnerOf("rmsprop");
  const record = takeStep(learner, sumOf(learner, 600));
  assert.equal(record.step, 1);
  assert.equal(record.loss, 2);
  assert.ok(record.gradientNorm! > 50);
  assert.equal(record.gradientNorm, Math.sqrt(10_000 * learner.parameters.length));
});

for (const kind of ["rmsprop", "adam"] as const) {
  test(`takeStep() averages in nothing that is not finite, with ${kind}`, () => {
    const bad = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const learner = learnerOf(kind);
    takeStep(learner, sumOf(learner, 1));
    const before = structuredClone(learner);
    const planted = bad.flatMap((value) => {
      const gradient = sumOf(learner, 1).gradient;
      gradient[3] = value;
      return [
        { gradient, loss: 12 },
        { gradient: sumOf(learner, 1).gradient, loss: value },
      ];
    });
    planted.forEach((sum, index) => {
      assert.deepEqual(takeStep(learner, sum), { step: index + 2, loss: null, gradientNorm: null });
    });
    assertSameBytes(learner.parameters, before.parameters, "parameters");
    assert.deepEqual(learner.optimizer, before.optimizer);
    assert.equal(learner.step, 1 + planted.length);
    assert.equal(takeStep(learner, sumOf(learner, 1)).loss, 2);
    assert.notDeepEqual(learner.parameters, before.parameters);
  });
}
