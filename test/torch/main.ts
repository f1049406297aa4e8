/**
 * `npm run test:torch`: the PyTorch example gives memnet's logits, memnet trains on a file that PyTorch wrote, and bench's
 * PyTorch trains as it is told. Not part of `npm test`, since torch takes a gigabyte; needs a python3 that has torch and
 * safetensors.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  builtInTask,
  decodeSafetensors,
  encodeSafetensors,
  makeBatch,
  streams,
  taskSettings,
  train,
} from "memnet";
import { Contender } from "../../bench/contender.ts";
import { workload } from "../../bench/workload.ts";

const example = fileURLToPath(new URL("../../examples/python/torch_model.py", import.meta.url));
/** memnet computes in float32, PyTorch here in float64. */
const tolerance = 1e-5;
const variants = { memory: { masked: true, deallocate: true, sharpen: true } };
const heads = { heads: { reads: 2, writes: 2 } };

for (const [preset, settings] of [
  ["original-ntm-copy", {}],
  ["original-ntm-copy", { heads: { reads: 2, writes: 3, shifts: 5 } }],
  ["original-ntm-copy", { controller: { kind: "feedforward" } }],
  ["original-ntm-copy", { model: "lstm" }],
  ["original-dnc-repeat-copy-fast", {}],
  ["original-dnc-repeat-copy-fast", { ...variants, ...heads }],
] as const) {
  test(`PyTorch gives the logits of ${preset} ${JSON.stringify(settings)}`, async () => {
    using folder = temporary();
    const trained = await train({ preset, engine: "wasm", settings: { ...settings, steps: 5 } });
    const { learner, engine } = trained;
    const task = builtInTask(learner.training.task.name);
    const place = { seed: 1, stream: streams.test, step: 0, from: 0, sequences: 3 };
    const batch = makeBatch(task, taskSettings(learner.training), place);
    const { logits } = await engine.trace(learner.parameters, batch);
    const [checkpoint, x, out] = ["5", "x", "out"].map((name) => join(folder.path, `${name}.safetensors`));
    writeFileSync(checkpoint!, trained.checkpoint());
    const shape = [batch.times, batch.sequences, learner.model.input];
    writeFileSync(
      x!,
      encodeSafetensors({ tensors: new Map([["x", { shape, data: batch.x }]]), metadata: {} }),
    );
    torch("logits", checkpoint!, x!, out!);
    const got = decodeSafetensors(readFileSync(out!)).tensors.get("logits")!;
    assert.deepEqual(got.shape, logits!.shape);
    const errors = Array.from(got.data, (value, at) => Math.abs(Number(value) - logits!.data[at]!));
    assert.ok(Math.max(...errors) <= tolerance, `logits differ by ${Math.max(...errors)}`);
  });
}

test("memnet trains on a file that PyTorch wrote", async () => {
  using folder = temporary();
  const preset = "original-dnc-repeat-copy-fast";
  const first = await train({ preset, engine: "wasm", settings: { steps: 1 } });
  const [checkpoint, made] = ["1", "made"].map((name) => join(folder.path, `${name}.safetensors`));
  writeFileSync(checkpoint!, first.checkpoint());
  torch("new", checkpoint!, made!);
  const initial = readFileSync(made!);
  const losses: number[] = [];
  const onStep = ({ loss }: { loss: number | null }) => void losses.push(loss ?? Number.NaN);
  await train({ preset, engine: "wasm", settings: { steps: 300 }, initial, onStep });
  const mean = (some: readonly number[]) => some.reduce((sum, one) => sum + one, 0) / some.length;
  assert.ok(mean(losses.slice(-20)) < mean(losses.slice(0, 20)), "the loss falls");
});

test("bench's PyTorch starts from the parameters it is given, and learns at the given rates", async () => {
  const peer = new Contender("torch-eager", { python: "python3" });
  try {
    const { training, batch, parameters: initial, ...work } = workload("repeat-copy-dnc", 2);
    await peer.load({ ...work, training, batch, parameters: initial });
    assert.deepEqual(await peer.parameters(), initial);
    await peer.learn(training.task, batch.times, [0, 0]);
    assert.deepEqual(await peer.parameters(), initial);
    const rate = 1e-3;
    const { milliseconds } = await peer.learn(training.task, batch.times, [rate]);
    assert.equal(milliseconds.length, 1);
    const changes = (await peer.parameters()).map((value, at) => Math.abs(value - initial[at]!));
    const largest = changes.reduce((most, change) => Math.max(most, change));
    // Adam's steps are about as long as the rate.
    assert.ok(largest > rate / 2 && largest < 2 * rate, `a parameter changed by ${largest}`);
  } finally {
    peer.stop();
  }
});

function torch(...args: readonly string[]): void {
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1" };
  const { error, status, stderr } = spawnSync("python3", [example, ...args], { encoding: "utf8", env });
  assert.equal(status, 0, error?.message ?? stderr);
}

function temporary(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "memnet-torch-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}
