import assert from "node:assert/strict";
import { test } from "node:test";
import { hashOf } from "@memnet/protocol";
import {
  bytesOf,
  createStepper,
  Draws,
  decodeCheckpoint,
  encodeCheckpoint,
  type Learner,
  type NodeSum,
  parametersHash,
  reduce,
  type StepRecord,
  type TreeNode,
  takeStep,
} from "memnet";
import { smallConfig, smallLearner } from "./small.testing.ts";
import {
  combinerFor,
  LearnerUpdater,
  localUpdater,
  type Part,
  threadedUpdater,
  type Updater,
} from "./updater.ts";

const leaves = 5;

/** Returns a micro-batch's sums with magnitudes so different that another order of addition gives other bits. */
function leafSum(step: number, leaf: number): NodeSum {
  const draws = new Draws(7, 0, step, leaf);
  const real = () => (draws.next() / 2 ** 32 - 0.5) * 2 ** (draws.next() % 20);
  return { gradient: Float32Array.from(smallLearner().parameters, real), loss: real() };
}

/** Returns what a trainer would send for a node. */
function part(step: number, lo: number, hi: number): Part {
  const node: TreeNode = { lo, hi };
  return { node, sum: reduce(node, (leaf) => leafSum(step, leaf)) };
}

async function updaterOf(learner: Learner): Promise<LearnerUpdater> {
  return new LearnerUpdater(await createStepper(learner), await combinerFor(learner));
}

/** Takes a step with memnet's own takeStep(). */
function trained(learner: Learner, step: number): StepRecord {
  return takeStep(
    learner,
    reduce({ lo: 0, hi: leaves }, (leaf) => leafSum(step, leaf)),
  );
}

const cuts: Readonly<Record<string, (step: number) => Part[]>> = {
  "the leaves, in any order": (step) => [4, 1, 0, 3, 2].map((leaf) => part(step, leaf, leaf + 1)),
  "the halves": (step) => [part(step, 0, 4), part(step, 4, 5)],
  "nodes of different sizes": (step) => [
    part(step, 4, 5),
    part(step, 2, 4),
    part(step, 1, 2),
    part(step, 0, 1),
  ],
  "the root": (step) => [part(step, 0, 5)],
};

for (const kind of ["rmsprop", "adam"] as const) {
  const config = smallConfig({ optimizer: { kind } });

  test(`LearnerUpdater.take() equals takeStep() bit for bit however the tree is split, with ${kind}`, async () => {
    for (const [name, cut] of Object.entries(cuts)) {
      const expected = smallLearner(config);
      const updater = await updaterOf(smallLearner(config));
      for (const step of [1, 2, 3]) {
        const record = trained(expected, step);
        const taken = updater.take(cut(step));
        assert.deepEqual(taken.record, record, name);
        assert.deepEqual(taken.parameters, bytesOf(expected.parameters), name);
        assert.equal(taken.hash, parametersHash(expected.parameters));
      }
      assert.deepEqual(updater.checkpoint(), encodeCheckpoint(expected), name);
    }
  });

  test(`LearnerUpdater.take() makes no update if a part is not finite, with ${kind}`, async () => {
    const updater = await updaterOf(smallLearner(config));
    const before = updater.take(cuts["the root"]!(1));
    const parts = cuts["the halves"]!(2);
    parts[1]!.sum.gradient[3] = Number.NaN;
    const { record, hash } = updater.take(parts);
    assert.deepEqual(record, { step: 2, loss: null, gradientNorm: null });
    assert.equal(hash, before.hash);
    const { gradient } = part(3, 0, 5).sum;
    const infinite = { node: { lo: 0, hi: 5 }, sum: { gradient, loss: Number.POSITIVE_INFINITY } };
    assert.deepEqual(updater.take([infinite]).record, { step: 3, loss: null, gradientNorm: null });
    assert.equal(decodeCheckpoint(updater.checkpoint()).step, 3);
  });
}

test("LearnerUpdater.take() returns parameters that its next step leaves unchanged", async () => {
  const updater = await updaterOf(smallLearner());
  const first = updater.take(cuts["the root"]!(1));
  updater.take(cuts["the root"]!(2));
  assert.equal(hashOf(first.parameters), first.hash);
});

test("LearnerUpdater.take() refuses parts that miss a micro-batch", async () => {
  const updater = await updaterOf(smallLearner());
  assert.throws(() => updater.take([part(1, 0, 4)]), /micro-batch 4 has no sum/);
});

test("LearnerUpdater.take() reports how long it added, updated and hashed", async () => {
  const updater = await updaterOf(smallLearner());
  const parts = cuts["the leaves, in any order"]!(1);
  const begun = performance.now();
  const { add, update, hash } = updater.take(parts).seconds;
  const took = (performance.now() - begun) / 1000;
  for (const seconds of [add, update, hash]) assert.ok(seconds > 0);
  assert.ok(add + update + hash <= took);
});

/** Takes four steps, requesting a checkpoint right after each; returns everything except durations. */
async function played(updater: Updater): Promise<unknown[]> {
  const got: unknown[] = [];
  for (const [index, cut] of Object.values(cuts).entries()) {
    const taking = updater.take(cut(index + 1));
    const asked = updater.checkpoint();
    const { seconds: _seconds, parameters, ...taken } = await taking;
    got.push({ ...taken, parameters: parameters.slice() }, await asked);
  }
  return got;
}

test("threadedUpdater() equals localUpdater() bit for bit, with checkpoints of the step just taken", async () => {
  const threaded = await threadedUpdater(smallLearner());
  try {
    const got = await played(threaded);
    assert.deepEqual(
      got,
      await played(localUpdater(await createStepper(smallLearner()), await combinerFor(smallLearner()))),
    );
    const steps = got.flatMap((one) => (one instanceof Uint8Array ? [decodeCheckpoint(one).step] : []));
    assert.deepEqual(steps, [1, 2, 3, 4]);
    // Gradients that share one buffer can be sent as well.
    const [left, right] = [part(5, 0, 4), part(5, 4, 5)];
    const both = new Float32Array(2 * left.sum.gradient.length);
    both.set(left.sum.gradient);
    both.set(right.sum.gradient, left.sum.gradient.length);
    const views = [left, right].map(({ node, sum }, index) => {
      const { length } = sum.gradient;
      return { node, sum: { ...sum, gradient: both.subarray(index * length, (index + 1) * length) } };
    });
    const expected = smallLearner();
    for (const step of [1, 2, 3, 4, 5]) trained(expected, step);
    assert.equal((await threaded.take(views)).hash, parametersHash(expected.parameters));
  } finally {
    await threaded.stop();
  }
});
