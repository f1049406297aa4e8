import assert from "node:assert/strict";
import { test } from "node:test";
import type { ModelConfig } from "../../config/model.ts";
import { checkGolden, goldenModel } from "../../golden.ts";
import { assertSameBytes, golden, goldenModels } from "../../testing/golden.ts";
import { skipWithoutGpu } from "../../testing/software-gpu.ts";
import type { Engine, TraceName, TraceTensor } from "../engine.ts";
import { createWasmEngine } from "../wasm/engine.ts";
import {
  called,
  dnc,
  type Example,
  everything,
  example,
  halfCounted,
  lstm,
  ntm,
  relativeDistance,
} from "../wasm/testing.ts";
import { createWebgpuEngine } from "./engine.ts";

const skip = await skipWithoutGpu();
const options = { skip, timeout: 120_000 };

async function gradientOf(engine: Engine, { parameters, batch }: Example) {
  const into = new Float32Array(parameters.length);
  const loss = await engine.gradient(parameters, batch, into);
  return { loss, into };
}

/** Loss, gradient, counts and trace are those of the wasm engine. */
async function assertAlike(engine: Engine, case_: Example): Promise<void> {
  const { parameters, batch } = case_;
  const reference = await createWasmEngine(engine.model);
  const got = await gradientOf(engine, case_);
  const wanted = await gradientOf(reference, case_);
  assert.ok(Math.abs(got.loss / wanted.loss - 1) < 1e-6, `${got.loss} is not ${wanted.loss}`);
  const distance = relativeDistance(got.into, wanted.into);
  assert.ok(distance < 1e-5, `relative distance ${distance}`);
  const { loss, ...counts } = await engine.evaluate(parameters, batch);
  const { loss: _, ...wantedCounts } = await reference.evaluate(parameters, batch);
  assert.ok(Math.abs(loss / wanted.loss - 1) < 1e-6, `${loss} is not ${wanted.loss}`);
  assert.deepEqual(counts, wantedCounts);
  const trace = await engine.trace(parameters, batch);
  const wantedTrace = await reference.trace(parameters, batch);
  assert.deepEqual(Object.keys(trace).sort(), Object.keys(wantedTrace).sort());
  const apart = new Map<number, string>();
  for (const [name, { shape, data }] of Object.entries(wantedTrace) as [TraceName, TraceTensor][]) {
    assert.deepEqual(trace[name]!.shape, shape, name);
    const [, sequences, ...tail] = shape;
    const size = tail.reduce((product, axis) => product * axis, 1);
    for (const [at, value] of data.entries()) {
      const far = Math.abs(value - trace[name]!.data[at]!);
      if (!(far < 1e-5)) apart.set(Math.floor(at / size) % sequences!, `${name}: ${far}`);
    }
  }
  // Usage is ordered in steps: where a GPU rounds to the other side of one, two slots that are as good as equal change
  // places, which neither loss nor gradient shows. It happens to few sequences of a DNC; on the software device to none.
  const mayDiffer = engine.model.model === "dnc" && process.env.MEMNET_TEST_GPU;
  assert.ok(apart.size <= (mayDiffer ? batch.sequences / 20 : 0), JSON.stringify([...apart]));
}

for (const name of goldenModels) {
  test(`createWebgpuEngine() gives the golden numbers of ${name}`, options, async () => {
    const cases = golden(name);
    const engine = await createWebgpuEngine(goldenModel(cases));
    const result = await checkGolden(engine, cases);
    engine.dispose();
    assert.ok(result.pass, JSON.stringify(result));
  });
}

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
  ["several heads of both kinds", dnc({ reads: 3, writes: 3, width: 5 }), 5, 3],
  ["more slots than lanes", dnc({ slots: 61, width: 9, reads: 1, writes: 2, hidden: 3 }), 5, 70],
  ["a feed-forward controller", ntm({ controller: "feedforward", hidden: 9, width: 3 }), 6, 5],
  ["masks", dnc({ masked: true, width: 5, slots: 19, writes: 2 }), 5, 3],
  ["de-allocation", dnc({ deallocate: true, width: 3, slots: 17, reads: 3, writes: 2 }), 6, 3],
  ["sharpening", dnc({ sharpen: true, slots: 5, writes: 3, reads: 2 }), 6, 3],
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

for (const model of [ntm({ writes: 2 }), dnc({ writes: 2 }), dnc({ ...everything, writes: 2 }), lstm()]) {
  test(`${called(model)} in storage memory, chunk by chunk, is the wasm engine's`, options, async () => {
    const case_ = example(model, 21, 4, 5);
    const bounds = { maxComputeWorkgroupStorageSize: 512, maxStorageBufferBindingSize: 30_000 };
    const engine = await createWebgpuEngine(model, { bounds });
    assert.match(engine.detail ?? "", model.model === "lstm" ? /^[^;]*$/ : /in storage memory: .*memory/i);
    await assertAlike(engine, case_);
    const tooLong = example(model, 22, 400, 1);
    await assert.rejects(engine.gradient(tooLong.parameters, tooLong.batch, tooLong.parameters.slice()), {
      name: "RangeError",
      message:
        /Cannot compute 400 times of this model on the device: .* 30000 bytes, and one sequence needs \d+/,
    });
    // A refusal leaves the engine as it was.
    await assertAlike(engine, case_);
    engine.dispose();
  });

  test(
    `the order of lanes changes no bit of ${called(model)}: none needs another before a barrier`,
    options,
    async () => {
      const case_ = example(model, 51, 4, 3);
      const results = [];
      for (const order of ["straight", "reversed", "mixed"] as const) {
        const engine = await createWebgpuEngine(model, { order });
        const { loss, into } = await gradientOf(engine, case_);
        const evaluation = await engine.evaluate(case_.parameters, case_.batch);
        const trace = await engine.trace(case_.parameters, case_.batch);
        results.push({ order, loss, into, evaluation, trace });
        engine.dispose();
      }
      const [straight, ...others] = results;
      for (const { order, loss, into, evaluation, trace } of others) {
        assert.equal(loss, straight!.loss, order);
        assert.deepEqual(evaluation, straight!.evaluation, order);
        assertSameBytes(into, straight!.into, order);
        for (const [name, { data }] of Object.entries(trace) as [TraceName, TraceTensor][]) {
          assertSameBytes(data, straight!.trace[name]!.data, `${order} ${name}`);
        }
      }
    },
  );

  test(`gradient() of ${called(model)} gives the same bits each time, and two at once`, options, async () => {
    const engines = [await createWebgpuEngine(model), await createWebgpuEngine(model)];
    const cases = [example(model, 31, 5, 4), example(model, 32, 3, 7), example(model, 33, 5, 4)];
    const first = [];
    for (const case_ of cases) first.push(await gradientOf(engines[0]!, case_));
    for (const engine of engines) {
      const again = await Promise.all(cases.map((case_) => gradientOf(engine, case_)));
      for (const [index, { loss, into }] of again.entries()) {
        assert.equal(loss, first[index]!.loss);
        assertSameBytes(into, first[index]!.into, "gradient");
      }
    }
    for (const engine of engines) engine.dispose();
  });

  test(
    `${called(model)} stays finite without any signal and with everything saturated`,
    options,
    async () => {
      const engine = await createWebgpuEngine(model);
      for (const scale of [0, 1e-3, 30, 1000]) {
        const { loss, into } = await gradientOf(engine, example(model, 41, 4, 3, scale));
        assert.ok(Number.isFinite(loss), `loss at ${scale}`);
        assert.ok(into.every(Number.isFinite), `gradient at ${scale}`);
      }
      const poisoned = example(model, 42, 4, 3);
      poisoned.parameters[0] = Number.NaN;
      poisoned.batch.x.fill(1);
      const { loss, into } = await gradientOf(engine, poisoned);
      assert.ok(
        !Number.isFinite(loss) && !into.every(Number.isFinite),
        "what is not a number does not pass for one",
      );
      engine.dispose();
    },
  );
}

test("evaluate() does not count a sequence as exact of which nothing counts", options, async () => {
  const { parameters, batch } = halfCounted(ntm());
  const engine = await createWebgpuEngine(ntm());
  const { wrongBits, exact } = await engine.evaluate(parameters, batch);
  engine.dispose();
  assert.deepEqual([wrongBits, exact], [0, 1]);
});

test("busyMs() is how long the device has computed", options, async () => {
  const engine = await createWebgpuEngine(ntm(), { timed: true });
  const idle = engine.busyMs?.();
  await Promise.all([gradientOf(engine, example(ntm())), gradientOf(engine, example(ntm()))]);
  const busy = engine.busyMs?.();
  engine.dispose();
  // A device without timestamps cannot tell.
  if (idle !== undefined) assert.ok(idle === 0 && busy! > 0, `${idle}, then ${busy}`);
});

test("createWebgpuEngine() accepts a software GPU only if `software` is not false", options, async () => {
  const engine = await createWebgpuEngine(ntm());
  const isSoftware = /swiftshader|llvmpipe/i.test(engine.detail ?? "");
  engine.dispose();
  if (isSoftware) {
    await assert.rejects(
      createWebgpuEngine(ntm(), { software: false }),
      /automatically: .* is software .*SwiftShader/i,
    );
  } else {
    (await createWebgpuEngine(ntm(), { software: false })).dispose();
  }
});

test("gradient() refuses arrays of a wrong length, and rejects after dispose()", options, async () => {
  const model = dnc();
  const engine = await createWebgpuEngine(model);
  const { parameters, batch } = example(model);
  const into = new Float32Array(parameters.length);
  await assert.rejects(engine.gradient(parameters.slice(1), batch, into), RangeError);
  await assert.rejects(engine.gradient(parameters, batch, into.subarray(1)), RangeError);
  await assert.rejects(engine.evaluate(parameters, { ...batch, sequences: 3 }), RangeError);
  engine.dispose();
  await assert.rejects(engine.gradient(parameters, batch, into));
});
