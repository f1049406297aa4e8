/** The library as it is used: no fake engine here. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { PresetName } from "./config/presets.ts";
import type { TrainSettings } from "./config/written.ts";
import type { EngineName } from "./engines/registry.ts";
import type { StepRecord } from "./learner.ts";
import type { Task } from "./tasks/task.ts";
import { goldenPath } from "./testing/golden.ts";
import { type StepEvaluation, type Trained, train } from "./train.ts";
import { createTrainer, type Trainer } from "./trainer.ts";

const settings = {
  model: "dnc",
  task: { name: "repeat-copy" },
  controller: { hidden: 5 },
  memory: { slots: 6, width: 3 },
  heads: { reads: 2, writes: 1 },
  sequencesPerStep: 4,
  microBatch: 2,
  steps: 3,
  evaluationBatches: 1,
} as const satisfies TrainSettings;
const engine = "tfjs-cpu";
const tiny = (more: TrainSettings = {}): Promise<Trained> =>
  train({ engine, settings: { ...settings, ...more } });

test("train() takes its steps and reports each", async () => {
  const records: StepRecord[] = [];
  const { learner, sha256 } = await train({
    engine,
    settings,
    onStep: (record) => void records.push(record),
  });
  assert.equal(learner.step, 3);
  assert.deepEqual(
    records.map(({ step }) => step),
    [1, 2, 3],
  );
  for (const { loss, gradientNorm } of records) assert.ok(loss! > 0 && gradientNorm! > 0);
  assert.match(sha256, /^[0-9a-f]{64}$/);
});

test("train() gives the same parameters every time, and others for another seed", async () => {
  const [one, other, seed2] = [await tiny(), await tiny(), await tiny({ seed: 2 })];
  assert.equal(other.sha256, one.sha256);
  assert.notEqual(seed2.sha256, one.sha256);
});

test("train() learns: an untrained model's loss falls", async () => {
  const losses: number[] = [];
  await train({
    engine,
    settings: { ...settings, steps: 40, optimizer: { kind: "adam", learningRate: 0.03 } },
    onStep: ({ loss }) => void losses.push(loss!),
  });
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  assert.ok(mean(losses.slice(-10)) < 0.9 * mean(losses.slice(0, 10)), losses.join(" "));
});

test("train() resumes from its checkpoint to the same bits", async () => {
  const whole = await tiny();
  const stopped = await tiny({ steps: 1 });
  const resumed = await train({ engine, settings, from: stopped.checkpoint() });
  assert.equal(resumed.sha256, whole.sha256);
  assert.deepEqual(resumed.checkpoint(), whole.checkpoint());
});

test("train() refuses a checkpoint of another configuration, naming what differs", async () => {
  const from = (await tiny({ steps: 1 })).checkpoint();
  await assert.rejects(train({ engine, from, settings: { ...settings, seed: 2, microBatch: 1 } }), {
    name: "RangeError",
    message: "Cannot resume from this checkpoint: it differs in microBatch, seed",
  });
});

test("train() ends when its signal aborts", async () => {
  const stop = new AbortController();
  const { learner } = await train({
    engine,
    settings,
    signal: stop.signal,
    onStep: ({ step }) => step === 2 && stop.abort(),
  });
  assert.equal(learner.step, 2);
});

test("train() lets a signal's timeout run between micro-batches", async () => {
  const over = new AbortController();
  const { learner } = await train({
    engine: "wasm",
    settings: { ...settings, steps: 1_000_000 },
    signal: over.signal,
    onStep({ step }) {
      if (step === 1) AbortSignal.timeout(1).addEventListener("abort", () => over.abort());
    },
  });
  assert.ok(learner.step < 1000, `${learner.step} steps`);
});

test("train() waits for what onStep and onEvaluation return, and measures the last step too", async () => {
  const order: string[] = [];
  const later = (what: string) => async () => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    order.push(what);
  };
  const trained = await train({
    engine,
    settings,
    evaluateEvery: 2,
    onStep: later("step"),
    onEvaluation: later("evaluation"),
  });
  assert.deepEqual(order, ["step", "step", "evaluation", "step", "evaluation"]);
  const { step, checkpoint } = trained.best!;
  const at = await tiny({ steps: step, evaluateEvery: 2 });
  assert.deepEqual(checkpoint, at.checkpoint());
});

test("train() ends at the condition of until", async () => {
  const until = { figure: "exact", comparison: ">=", value: 0, every: 2, batches: 1 } as const;
  assert.equal((await tiny({ until })).learner.step, 2);
});

test("train() starts from the parameters of a file, with other settings and another memory", async () => {
  const { learner, checkpoint } = await tiny();
  const initial = checkpoint();
  const more = { ...settings, memory: { slots: 9, width: 3 }, seed: 5 };
  const trainer = await createTrainer({ engine, settings: more, initial });
  assert.deepEqual(trainer.learner.parameters, learner.parameters);
  assert.equal(trainer.config.training.initial, trainer.sha256);
  assert.equal(trainer.learner.step, 0);
  const both = train({ engine, settings, initial, from: initial });
  await assert.rejects(both, /give `from` or `initial`, not both/);
  const wider = { ...settings, memory: { slots: 6, width: 4 } };
  await assert.rejects(train({ engine, settings: wider, initial }), /must have shape/);
});

test("a trainer takes the steps of train(), and a loop that was left can be followed by another", async () => {
  const trainer = await createTrainer({ engine, settings });
  for await (const { step } of trainer) if (step === 2) break;
  assert.equal(trainer.learner.step, 2);
  const rest = [];
  for await (const { step } of trainer) rest.push(step);
  assert.deepEqual(rest, [3]);
  assert.equal(trainer.sha256, (await tiny()).sha256);
});

test("a recorder is told of each step and evaluation, and of the end", async () => {
  const told: unknown[] = [];
  const recorder = {
    begin: async ({ learner }: Trainer) => void told.push(learner.step),
    step: async ({ step }: StepRecord) => void told.push(step),
    evaluation: async ({ step }: StepEvaluation, isBest: boolean) => void told.push([step, isBest]),
    end: async (...how: unknown[]) => void told.push(how),
  };
  await train({ engine, settings: { ...settings, steps: 1 }, recorder });
  assert.deepEqual(told, [0, 1, [1, true], ["ended", null]]);
  told.length = 0;
  const onStep = () => Promise.reject(new Error("mine"));
  await assert.rejects(train({ engine, settings, recorder, onStep }), /mine/);
  assert.deepEqual(told, [0, 1, ["failed", "mine"]]);
});

test("train() trains on a task of the user's own", async () => {
  const echo: Task = {
    name: "echo",
    settings: { times: [2, 4] },
    beyond: {},
    input: () => 1,
    output: () => 1,
    sequence(taskSettings, draws) {
      const [lo, hi] = taskSettings.times as readonly [number, number];
      const times = draws.integer(lo, hi);
      const x = Float32Array.from({ length: times }, () => draws.bit());
      return { times, x, y: x.slice(), mask: new Float32Array(times).fill(1) };
    },
  };
  const { learner, evaluate } = await train({ engine, task: echo, settings });
  assert.equal(learner.model.input, 1);
  const { sequences, loss } = await evaluate();
  assert.equal(sequences, 16);
  assert.ok(loss > 0 && loss < 10);
});

test("train() refuses a task that does not keep to the rules, before it takes a step", async () => {
  const task: Task = {
    name: "mine",
    settings: { length: [2, 3] },
    beyond: { length: [6] },
    input: () => 1,
    output: () => 1,
    sequence: (_, draws) => {
      const x = Float32Array.of(draws.bit());
      return { times: 1, x, y: x.slice(), mask: Float32Array.of(1) };
    },
  };
  const refused = (changed: object, message: string) =>
    assert.rejects(train({ engine, settings, task: { ...task, ...changed }, onStep: () => assert.fail() }), {
      name: "TaskError",
      message: `Cannot use ${message}`,
    });
  await train({ engine, settings, task });
  await refused({ sequence: undefined }, "the task: task.sequence must be a function, got undefined");
  await refused({ beyond: { words: [3] } }, "the task: task.beyond.words must be one of its settings");
  await refused(
    { sequence: async () => ({}) },
    "task mine: sequence() must return { times, x, y, mask }, got a Promise (length 2–3)",
  );
  await refused(
    { output: () => 0 },
    "task mine: output() must return a whole number from 1, got 0 (length 2–3)",
  );
  await refused(
    {
      sequence: (...given: Parameters<Task["sequence"]>) => ({
        ...task.sequence(...given),
        x: [Math.random()],
      }),
    },
    "task mine: sequence() must return x as a Float32Array, got an Array (length 2–3)",
  );
});

test("evaluate() gives the validation figures", async () => {
  const { evaluate } = await tiny();
  const { loss, lossBits, wrongBits, exact, sequences } = await evaluate();
  assert.equal(sequences, 16);
  assert.equal(lossBits, loss / Math.LN2);
  assert.ok(wrongBits >= 0 && exact >= 0 && exact <= 1);
});

test("train() refuses an unknown preset, task, engine and setting", async () => {
  await assert.rejects(train({ preset: "none" as PresetName }), /Unknown preset "none"/);
  await assert.rejects(train({ settings: { task: { name: "sort" } } }), /Unknown task "sort"/);
  await assert.rejects(train({ engine: "abacus" as EngineName }), /Unknown engine "abacus"/);
  await assert.rejects(train({ engine, settings: { stepz: 1 } as TrainSettings }), /Unknown setting stepz/);
});

for (const name of ["dnc-repeat-copy", "ntm-copy"]) {
  test(`train() of ${name} gives the losses and norms of its transcript`, async () => {
    const transcript = JSON.parse(readFileSync(goldenPath(`${name}.transcript.json`), "utf8"));
    const records: StepRecord[] = [];
    const steps = 30;
    await train({
      preset: name as PresetName,
      engine: "wasm",
      settings: { steps },
      onStep: (record) => void records.push(record),
    });
    for (const [index, { loss, gradientNorm }] of records.entries()) {
      const close = (got: number, wanted: number): boolean => Math.abs(got - wanted) <= 1e-4 * wanted;
      assert.ok(close(loss!, transcript.loss_nats_per_sequence[index]), `loss of step ${index + 1}: ${loss}`);
      assert.ok(
        close(gradientNorm!, transcript.gradient_norm[index]),
        `norm of step ${index + 1}: ${gradientNorm}`,
      );
    }
    assert.equal(records.length, steps);
  });
}
