import assert from "node:assert/strict";
import { test } from "node:test";
import type { ModelConfig } from "../../config/model.ts";
import { checkGolden, goldenModel } from "../../golden.ts";
import { golden, goldenModels } from "../../testing/golden.ts";
import { dnc, everything, example, halfCounted, lstm, ntm } from "../wasm/testing.ts";
import { assertAlike, gradientOf, options } from "./engine.testing.ts";
import { createWebgpuEngine } from "./engine.ts";

for (const name of goldenModels) {
  test(`createWebgpuEngine() gives the golden numbers of ${name}`, options, async () => {
    const cases = golden(name);
    const engine = await createWebgpuEngine(goldenModel(cases));
    const result = await checkGolden(engine, cases);
    engine.dispose();
    assert.ok(result.pass, JSON.stringify(result));
  });
}

/** Sizes that no golden file has. */
const shapes: readonly (readonly [what: string, model: ModelConfig, times: number, sequences: number])[] = [
  [
    "one of everything but slots",
    ntm({ input: 1, output: 1, hidden: 1, slots: 2, width: 1, reads: 1, shifts: 1 }),
    3,
    1,
  ],
  ["odd sizes", ntm({ input: 5, output: 3, hidden: 67, slots: 19, width: 3 }), 6, 5],
  ["more write heads than read heads", ntm({ reads: 1, writes: 3, slots: 33, shifts: 7 }), 4, 6],
  ["more shifts than slots", ntm({ reads: 3, writes: 2, shifts: 9, slots: 3 }), 4, 3],
  ["one of everything", dnc({ input: 1, output: 1, hidden: 1, slots: 1, width: 1, reads: 1 }), 3, 1],
  ["odd sizes", dnc({ input: 5, output: 9, hidden: 7, slots: 19, width: 3 }), 6, 5],
  ["more slots than lanes", dnc({ slots: 61, width: 9, reads: 1, writes: 2, hidden: 3 }), 5, 70],
  ["everything", dnc({ ...everything, slots: 33, width: 6, writes: 2, reads: 3 }), 6, 7],
  ["one unit", lstm({ hidden: 1, input: 1, output: 1 }), 3, 1],
  ["odd sizes", lstm({ hidden: 11, input: 5, output: 9 }), 7, 5],
];

for (const [place, [what, model, times, sequences]] of shapes.entries()) {
  test(`${model.model} with ${what} is the wasm engine's`, options, async () => {
    const engine = await createWebgpuEngine(model);
    await assertAlike(engine, example(model, place + 1, times, sequences));
    engine.dispose();
  });
}

// The rest is the same for every model, and an LSTM compiles in a fifth of the time.

test("evaluate() does not count a sequence as exact of which nothing counts", options, async () => {
  const { parameters, batch } = halfCounted(lstm());
  const engine = await createWebgpuEngine(lstm());
  const { wrongBits, exact } = await engine.evaluate(parameters, batch);
  engine.dispose();
  assert.deepEqual([wrongBits, exact], [0, 1]);
});

test("busyMs() is how long the device has computed", options, async () => {
  const engine = await createWebgpuEngine(lstm(), { timed: true });
  const idle = engine.busyMs?.();
  await Promise.all([gradientOf(engine, example(lstm())), gradientOf(engine, example(lstm()))]);
  const busy = engine.busyMs?.();
  engine.dispose();
  // A device without timestamps cannot tell.
  if (idle !== undefined) assert.ok(idle === 0 && busy! > 0, `${idle}, then ${busy}`);
});

test("createWebgpuEngine() accepts a software GPU only if `software` is not false", options, async () => {
  const engine = await createWebgpuEngine(lstm());
  const isSoftware = /swiftshader|llvmpipe/i.test(engine.detail ?? "");
  engine.dispose();
  if (isSoftware) {
    await assert.rejects(
      createWebgpuEngine(lstm(), { software: false }),
      /automatically: .* is software .*SwiftShader/i,
    );
  } else {
    (await createWebgpuEngine(lstm(), { software: false })).dispose();
  }
});

test("gradient() refuses arrays of a wrong length, and rejects after dispose()", options, async () => {
  const model = lstm();
  const engine = await createWebgpuEngine(model);
  const { parameters, batch } = example(model);
  const into = new Float32Array(parameters.length);
  await assert.rejects(engine.gradient(parameters.slice(1), batch, into), RangeError);
  await assert.rejects(engine.gradient(parameters, batch, into.subarray(1)), RangeError);
  await assert.rejects(engine.evaluate(parameters, { ...batch, sequences: 3 }), RangeError);
  engine.dispose();
  await assert.rejects(engine.gradient(parameters, batch, into));
});
