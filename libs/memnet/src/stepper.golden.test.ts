/** Both steppers against golden numbers that other code made: momentum, clipping and a schedule. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { newLearner } from "./learner.ts";
import type { Safetensors } from "./safetensors.ts";
import { createStepper, plainStepper } from "./stepper.ts";
import { smallConfig } from "./testing/fake-engine.ts";
import { assertSameBytes, float32, golden } from "./testing/golden.ts";

interface Case {
  readonly file: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Of the tensors' names. */
  readonly prefix?: string;
  readonly answers?: string;
}

const schedule = JSON.parse(golden("schedule").metadata.schedule!);
const noClip = { norm: 0 };
const cases: Readonly<Record<string, Case>> = {
  momentum: { file: "rmsprop-momentum", settings: { optimizer: { momentum: 0.9 }, clip: noClip } },
  "norm and value": { file: "rmsprop-clip", settings: { clip: { norm: 10, value: 0.3 } } },
  "value alone": {
    file: "rmsprop-clip",
    settings: { clip: { norm: 0, value: 0.3 } },
    answers: "value-only.",
  },
  "rmsprop on a schedule": {
    file: "schedule",
    settings: { optimizer: { kind: "rmsprop", schedule }, clip: noClip },
    prefix: "rmsprop.",
  },
  "adam on a schedule": {
    file: "schedule",
    settings: { optimizer: { kind: "adam", schedule }, clip: noClip },
    prefix: "adam.",
  },
};

for (const [title, { file: name, settings, prefix = "", answers = prefix }] of Object.entries(cases)) {
  for (const create of [createStepper, plainStepper]) {
    test(`${create.name}() equals golden ${name} to the byte over five steps: ${title}`, async () => {
      const file = golden(name);
      // With one sequence a step, the mean is the sum.
      const { training, model } = smallConfig({ ...settings, sequencesPerStep: 1, microBatch: 1 });
      const start = newLearner(training, model, float32(file, `${prefix}parameters.0`));
      const { learner, take } = await create(start);
      for (let step = 1; step <= 5; step++) {
        const gradient = float32(file, `${prefix}gradients.${step}`).slice();
        const { gradientNorm } = take({ gradient, loss: 1 });
        assertSameBytes(learner.parameters, float32(file, `${answers}parameters.${step}`), `step ${step}`);
        assertMomentum(file, step, learner.optimizer.averages.b);
        const norm = file.tensors.get(`norm.${step}`)?.data[0];
        if (norm !== undefined) assert.ok(Math.abs(gradientNorm! - norm) <= 1e-12 * norm);
        const clipped = file.tensors.get(`${answers}clipped.${step}`);
        if (clipped && create === plainStepper)
          assertSameBytes(gradient, clipped.data as Float32Array, `clipped, step ${step}`);
      }
    });
  }
}

function assertMomentum(file: Safetensors, step: number, momentum: Float32Array | undefined): void {
  const wanted = file.tensors.get(`momentum.${step}`);
  assert.equal(momentum !== undefined, wanted !== undefined);
  if (momentum) assertSameBytes(momentum, wanted!.data as Float32Array, `momentum, step ${step}`);
}
