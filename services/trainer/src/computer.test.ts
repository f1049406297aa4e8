import assert from "node:assert/strict";
import test from "node:test";
import { hashOf } from "@memnet/protocol";
import {
  batchBytes,
  builtInTask,
  bytesOf,
  type Engine,
  type Learner,
  makeBatch,
  microBatchCount,
  modelOf,
  newLearner,
  plainAdder,
  plainStepper,
  preset,
  reduce,
  runConfig,
  taskSettings,
} from "memnet";
import { EngineComputer } from "./computer.ts";

const task = builtInTask("copy");
const { training } = runConfig({ ...preset("original-ntm-copy"), engine: "stand-in", seed: 3 }, task);

/** An engine whose gradients are a closed form of parameters and batch, so that every bit is known. */
function standIn(spoil?: (call: number) => number): Engine {
  let calls = 0;
  return {
    name: "stand-in",
    model: modelOf(training, task),
    async gradient(parameters, batch, into) {
      const bits = batch.y.reduce((sum, bit) => sum + bit, 0);
      into.forEach((_, index) => {
        into[index] = parameters[index]! / 3 + bits;
      });
      return (spoil?.(calls++) ?? 0) + bits / 7;
    },
    evaluate: () => assert.fail("not needed"),
    predict: () => assert.fail("not needed"),
    trace: () => assert.fail("not needed"),
    dispose() {},
  };
}

/** Returns a computer for three parameters. */
function computerOf(engine: Engine, abandoned = new Int32Array(1)): EngineComputer {
  const createStepper = async (learner: Learner) => plainStepper(learner);
  const around = { abandoned, createStepper };
  return new EngineComputer(training, task, engine, plainAdder(3, microBatchCount(training)), around);
}

function batchOfLeaf(step: number, leaf: number) {
  return makeBatch(task, taskSettings(training), {
    seed: 3,
    stream: 1,
    step: step - 1,
    from: leaf * 4,
    sequences: 4,
  });
}

test("EngineComputer.compute() adds a node's micro-batches in tree order, whichever actor made them", async () => {
  const engine = standIn();
  const computer = computerOf(engine);
  const parameters = Float32Array.from([0.1, 0.2, 0.3]);
  const made = [null, batchOfLeaf(7, 1), null, batchOfLeaf(7, 3)];
  const node = { lo: 0, hi: 4 };
  const answer = await computer.compute({ step: 7, node, parameters, batches: made, number: 1 });
  const sums = await Promise.all(
    [0, 1, 2, 3].map(async (leaf) => {
      const gradient = new Float32Array(3);
      return { loss: await engine.gradient(parameters, batchOfLeaf(7, leaf), gradient), gradient };
    }),
  );
  const expected = reduce(node, (leaf) => sums[leaf]!);
  assert.deepEqual(answer?.gradient, expected.gradient);
  assert.equal(answer?.loss, expected.loss);
  assert.deepEqual(
    answer?.batchHashes,
    [0, 1, 2, 3].map((leaf) => hashOf(...batchBytes(batchOfLeaf(7, leaf)))),
  );
  assert.deepEqual(answer?.nonFinite, []);
});

test("EngineComputer.compute() names non-finite micro-batches", async () => {
  const computer = computerOf(standIn((call) => (call === 1 ? Number.NaN : 0)));
  const parameters = new Float32Array(3);
  const answer = await computer.compute({
    step: 1,
    node: { lo: 2, hi: 4 },
    parameters,
    batches: [null, null],
    number: 1,
  });
  assert.deepEqual(answer?.nonFinite, [3]);
});

test("EngineComputer.compute() keeps its parameters for the next node of the step", async () => {
  const computer = computerOf(standIn());
  const question = { step: 1, node: { lo: 0, hi: 1 }, batches: [null], number: 1 };
  const first = await computer.compute({ ...question, parameters: Float32Array.from([5, 6, 7]) });
  const second = await computer.compute({ ...question, parameters: null });
  assert.deepEqual(second?.gradient, first?.gradient);
});

test("EngineComputer.compute() takes steps from a learner, with the coordinator's bits, until parameters come", async () => {
  const engine = standIn();
  const learner = () => newLearner(training, engine.model, Float32Array.from([0.1, 0.2, 0.3]));
  const computer = computerOf(engine);
  const whole = { node: { lo: 0, hi: 4 }, batches: [null, null, null, null], number: 1 };
  const expected = plainStepper(learner());
  const begun = { ...whole, step: 1, parameters: null, learner: learner() };
  for (const step of [1, 2, 3]) {
    const question = step === 1 ? begun : { ...whole, step, parameters: null };
    const { parameters } = expected.learner;
    const sums = await Promise.all(
      [0, 1, 2, 3].map(async (leaf) => {
        const gradient = new Float32Array(3);
        return { loss: await engine.gradient(parameters, batchOfLeaf(step, leaf), gradient), gradient };
      }),
    );
    const sum = reduce(whole.node, (leaf) => sums[leaf]!);
    const gradient = sum.gradient.slice();
    expected.take(sum);
    const answer = await computer.compute(question);
    assert.deepEqual(answer?.gradient, gradient);
    assert.equal(answer.next, hashOf(bytesOf(parameters)));
  }
  const half = await computer.compute({
    ...{ step: 4, node: { lo: 0, hi: 2 }, parameters: null, batches: [null, null], number: 1 },
  });
  assert.equal(half?.next, null, "half of a step");
  const again = await computer.compute({ ...whole, step: 3, parameters: null });
  assert.equal(again?.next, null, "a step that the learner has taken");
  const led = await computer.compute({ ...whole, step: 4, parameters: new Float32Array(3) });
  assert.equal(led?.next, null, "the coordinator's parameters");
});

test("EngineComputer.compute() takes no step that is not finite", async () => {
  const engine = standIn((call) => (call === 1 ? Number.NaN : 0));
  const learner = newLearner(training, engine.model, new Float32Array(3));
  const question = { step: 1, node: { lo: 0, hi: 4 }, batches: [null, null, null, null], number: 1 };
  const computer = computerOf(engine);
  const first = await computer.compute({ ...question, parameters: null, learner });
  assert.deepEqual([first?.nonFinite, first?.next], [[1], null]);
  const second = await computer.compute({ ...question, parameters: null });
  assert.ok(second?.next, "the second time it is finite, and the learner is as it was");
});

test("EngineComputer.compute() gives up an abandoned node", async () => {
  const abandoned = new Int32Array(1);
  const computer = computerOf(standIn(), abandoned);
  abandoned[0] = 2;
  const parameters = new Float32Array(3);
  assert.equal(
    await computer.compute({ step: 1, node: { lo: 0, hi: 1 }, parameters, batches: [null], number: 1 }),
    null,
  );
});

test("EngineComputer.probe() refuses a task whose probe has a different batch the second time", async () => {
  let calls = 0;
  const engine = standIn();
  const own = {
    ...task,
    sequence: (...given: Parameters<typeof task.sequence>) => {
      const made = task.sequence(...given);
      return ++calls === training.microBatch + 1 ? { ...made, x: made.x.with(0, 1) } : made;
    },
  };
  const adder = plainAdder(3, microBatchCount(training));
  const computer = new EngineComputer(training, own, engine, adder);
  const { fingerprint, batch } = await computer.probe();
  assert.match(`${fingerprint} ${batch}`, /^[0-9a-f]{64} [0-9a-f]{64}$/);
  await assert.rejects(computer.probe(), {
    name: "TaskError",
    message:
      "Cannot use task copy: it gives different sequences for the same draws; it must depend on its settings and draws alone",
  });
  assert.deepEqual(await computer.probe(), { fingerprint, batch });
});
