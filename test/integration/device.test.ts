/** A trainer's thread on a real device: the result is the same however a step is divided into nodes. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { threadedComputer } from "@memnet/trainer";
import {
  builtInTask,
  combine,
  initialParameters,
  modelOf,
  preset,
  runConfig,
  type TreeNode,
  trainingConfig,
} from "memnet";
import { skipWithoutGpu } from "../../libs/memnet/src/testing/software-gpu.ts";

test("a node's sum is that of its halves, within one thread and across threads", {
  skip: await skipWithoutGpu(),
  timeout: 120_000,
}, async () => {
  const task = builtInTask("repeat-copy");
  const small = { controller: { hidden: 8 }, memory: { slots: 5, width: 4 }, microBatch: 2 };
  const { training } = runConfig({ ...preset("original-dnc-repeat-copy"), ...small, engine: "webgpu" }, task);
  const settings = { training: trainingConfig.parse(training), taskFile: null };
  const computers = await Promise.all([threadedComputer(settings), threadedComputer(settings)]);
  try {
    const [one, other] = computers;
    assert.deepEqual(await one!.probe(), await other!.probe());
    assert.ok(one!.detail);
    let number = 0;
    const sumOf = async (computer: typeof one, node: TreeNode) => {
      const parameters = initialParameters(modelOf(training, task), 1);
      const batches = Array.from({ length: node.hi - node.lo }, () => null);
      const answer = await computer!.compute({ step: 1, node, parameters, batches, number: ++number });
      assert.ok(answer);
      return answer;
    };
    const whole = await sumOf(one, { lo: 0, hi: 8 });
    const [left, right] = [await sumOf(other, { lo: 0, hi: 4 }), await sumOf(one, { lo: 4, hi: 8 })];
    const halves = combine({ lo: 0, hi: 8 }, ({ lo, hi }) =>
      hi - lo === 4 ? (lo === 0 ? left : right) : undefined,
    );
    assert.deepEqual(whole.gradient, halves.gradient);
    assert.equal(whole.loss, halves.loss);
    assert.deepEqual(whole.batchHashes, [...left.batchHashes, ...right.batchHashes]);
  } finally {
    for (const computer of computers) await computer.stop();
  }
});
