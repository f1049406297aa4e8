import assert from "node:assert/strict";
import { test } from "node:test";
import { newLearner } from "./learner.ts";
import { createStepper, plainStepper } from "./stepper.ts";
import { smallConfig } from "./testing/fake-engine.ts";
import { assertSameBytes } from "./testing/golden.ts";

/** From 1e-38 to 1e10 and subnormal, both signs. */
function spread(length: number, seed: number): Float32Array {
  return Float32Array.from({ length }, (_, index) => {
    const place = (index * 37 + seed * 101) % 997;
    return (place % 2 === 0 ? 1 : -1) * 10 ** ((place % 55) - 44) * (1 + place / 997);
  });
}

for (const kind of ["rmsprop", "adam"] as const) {
  for (const count of [1000, 1001]) {
    test(`createStepper() takes the steps of takeStep() bit for bit: ${kind}, ${count} parameters`, async () => {
      const { training, model } = smallConfig({ optimizer: { kind } });
      const start = () => newLearner(training, model, spread(count, 1));
      const fast = await createStepper(start());
      const plain = plainStepper(start());
      const clipped: boolean[] = [];
      for (let step = 1; step <= 6; step++) {
        // Every second one is longer than the longest that is not clipped.
        const gradient = spread(count, step).map((value) =>
          step % 2 === 0 ? value : Math.max(-1, Math.min(1, value)),
        );
        const sum = () => ({ gradient: gradient.slice(), loss: step });
        const record = fast.take(sum());
        assert.deepEqual(record, plain.take(sum()));
        clipped.push(record.gradientNorm! > training.clip.norm);
        assertSameBytes(fast.learner.parameters, plain.learner.parameters, `parameters, step ${step}`);
        for (const [name, slot] of Object.entries(plain.learner.optimizer.averages)) {
          assertSameBytes(fast.learner.optimizer.averages[name]!, slot, `${name}, step ${step}`);
        }
        assert.deepEqual(fast.learner.optimizer.powers, plain.learner.optimizer.powers);
        assert.equal(fast.learner.step, step);
      }
      assert.deepEqual(new Set(clipped), new Set([true, false]));
    });
  }

  test(`a stepper takes a gradient from its own array as from any other: ${kind}`, async () => {
    const { training, model } = smallConfig({ optimizer: { kind } });
    const start = () => newLearner(training, model, spread(101, 1));
    for (const stepper of [await createStepper(start()), plainStepper(start())]) {
      stepper.gradient.set(spread(101, 3));
      const expected = plainStepper(start());
      assert.deepEqual(
        stepper.take({ gradient: stepper.gradient, loss: 1 }),
        expected.take({ gradient: spread(101, 3), loss: 1 }),
      );
      assertSameBytes(stepper.learner.parameters, expected.learner.parameters, "parameters");
    }
  });

  test(`createStepper() makes no update if a sum is not finite: ${kind}`, async () => {
    const { training, model } = smallConfig({ optimizer: { kind } });
    const { learner, take } = await createStepper(newLearner(training, model, spread(101, 2)));
    take({ gradient: spread(101, 3), loss: 1 });
    const before = structuredClone({ parameters: learner.parameters, optimizer: learner.optimizer });
    for (const [place, value] of [
      [0, Number.NaN],
      [100, Number.POSITIVE_INFINITY],
    ] as const) {
      const gradient = spread(101, 3);
      gradient[place] = value;
      const { step } = learner;
      assert.deepEqual(take({ gradient, loss: 1 }), { step: step + 1, loss: null, gradientNorm: null });
    }
    assert.equal(take({ gradient: spread(101, 3), loss: Number.NaN }).loss, null);
    assertSameBytes(learner.parameters, before.parameters, "parameters");
    assert.deepEqual(learner.optimizer, before.optimizer);
  });
}
