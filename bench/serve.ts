/** Runs the engine named by the argument as a contender. It speaks the protocol of peers/serve.py. */

import { createInterface } from "node:readline";
import {
  createEngine,
  createStepper,
  type EngineName,
  newLearner,
  type PresetName,
  type Settings,
  type TrainSettings,
  train,
} from "memnet";
import { encode, type Ran } from "./contender.ts";
import { workload } from "./workload.ts";

interface Load {
  readonly preset: PresetName;
  readonly sequences: number;
  /** Settings that differ from the preset's. */
  readonly changed: TrainSettings & Settings;
  /** Null if every iteration uses the loaded batch. */
  readonly task: object | null;
}

const engineName = (process.argv[2] ?? "wasm") as EngineName;
let run: (iterations: number) => Promise<Ran>;
let unload = () => {};

for await (const line of createInterface(process.stdin)) {
  const request = JSON.parse(line);
  const answer = request.do === "load" ? await load(request) : await run!(request.iterations);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

async function load({ preset, sequences, changed, task }: Load): Promise<object> {
  // The same parameters and batch as the arrays that the peers get.
  const { training, model, parameters, batch } = workload(preset, sequences, changed);
  unload();
  const engine = await createEngine(engineName, model, { timed: true });
  unload = () => engine.dispose();
  const { learner, gradient, take } = await createStepper(newLearner(training, model, parameters));
  const compute = () => engine.gradient(learner.parameters, batch, gradient);
  const iterate = async () => {
    const before = performance.now();
    const { loss } = take({ gradient, loss: await compute() });
    if (loss === null) throw new Error(`Cannot time ${engineName}: its loss or gradient is not finite`);
    return performance.now() - before;
  };
  const iterations = async (count: number) => {
    const busyBefore = engine.busyMs?.() ?? null;
    const milliseconds: number[] = [];
    while (milliseconds.length < count) milliseconds.push(await iterate());
    return { milliseconds, busyMs: busyBefore === null ? null : engine.busyMs!()! - busyBefore };
  };
  const settings = { ...changed, sequencesPerStep: sequences };
  run = task ? (steps) => trainingLoop(preset, settings, steps) : iterations;
  await compute();
  const mean = gradient.map((sum) => sum / sequences);
  return { gradient: encode(mean), detail: engine.detail ?? null };
}

/** Runs the library's `train()`. A step's time is from the end of the step before to its own. */
async function trainingLoop(preset: PresetName, settings: TrainSettings, steps: number): Promise<Ran> {
  const ends: number[] = [];
  const trained = await train({
    preset,
    settings: { ...settings, steps: steps + 1 },
    engine: engineName,
    onStep: () => ends.push(performance.now()),
  });
  trained.engine.dispose();
  return { milliseconds: ends.slice(1).map((end, step) => end - ends[step]!), busyMs: null };
}
