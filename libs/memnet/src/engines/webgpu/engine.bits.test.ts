/** Engine webgpu gives the same bits each time and in any order of lanes, stays finite, and divides what is too large. */

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { assertSameBytes } from "../../testing/golden.ts";
import type { Engine, TraceName, TraceTensor } from "../engine.ts";
import { called, dnc, everything, example, lstm, ntm } from "../wasm/testing.ts";
import { assertAlike, gradientOf, options } from "./engine.testing.ts";
import { createWebgpuEngine } from "./engine.ts";
import type { LaneOrder } from "./wgsl/assemble.ts";

for (const model of [ntm({ writes: 2 }), dnc({ writes: 2 }), dnc({ ...everything, writes: 2 }), lstm()]) {
  const made = new Map<LaneOrder, Promise<Engine>>();
  /** The tests of a model share its engines. */
  const shared = (order: LaneOrder = "straight") => {
    const engine = made.get(order) ?? createWebgpuEngine(model, { order });
    made.set(order, engine);
    return engine;
  };
  after(async () => {
    for (const engine of await Promise.all(made.values())) engine.dispose();
  });

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
        const engine = await shared(order);
        const { loss, into } = await gradientOf(engine, case_);
        const evaluation = await engine.evaluate(case_.parameters, case_.batch);
        const trace = await engine.trace(case_.parameters, case_.batch);
        results.push({ order, loss, into, evaluation, trace });
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
    const engines = [await shared(), await shared("mixed")];
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
  });

  test(
    `${called(model)} stays finite without any signal and with everything saturated`,
    options,
    async () => {
      const engine = await shared();
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
    },
  );
}
