/** The timed work: a preset's training iteration with its longest sequences. */

import {
  type Batch,
  builtInTask,
  createEngine,
  createStepper,
  initialParameters,
  longest,
  type ModelConfig,
  makeBatch,
  merged,
  modelOf,
  newLearner,
  preset,
  reduce,
  runConfig,
  type Settings,
  streams,
  type TrainingConfig,
  taskSettings,
} from "memnet";

export interface Workload {
  readonly preset: string;
  /** Overrides of the preset's settings. */
  readonly settings: Settings;
  readonly training: TrainingConfig;
  readonly model: ModelConfig;
  /** The parameters to begin with; by default they are drawn from the seed. */
  readonly parameters: Float32Array;
  /** The step's sequences in consecutive micro-batches, each of the greatest length. */
  readonly batches: readonly Batch[];
  readonly times: number;
  readonly sequences: number;
}

/** @param parts the number of micro-batches that the step's sequences are split into */
export function workload(name: string, sequences: number, parts = 1, settings: Settings = {}): Workload {
  const microBatch = sequences / parts;
  if (!Number.isInteger(microBatch)) {
    throw new RangeError(`Cannot cut ${sequences} sequences into ${parts} micro-batches of the same size`);
  }
  const all = merged(merged(preset(name), settings), {
    engine: "wasm",
    sequencesPerStep: sequences,
    microBatch,
  });
  const task = builtInTask((all.task as { name: string }).name);
  const { training } = runConfig(all, task);
  const batches = Array.from({ length: parts }, (_, part) =>
    makeBatch(task, longest(taskSettings(training)), {
      seed: training.seed,
      stream: streams.training,
      step: 0,
      from: part * microBatch,
      sequences: microBatch,
    }),
  );
  const { times } = batches[0]!;
  const model = modelOf(training, task);
  const parameters = initialParameters(model, training.seed);
  return { preset: name, settings, training, model, parameters, batches, times, sequences };
}

/** @param parameters undefined to keep the workload's own */
export function beginningAt(work: Workload, parameters: Float32Array | undefined): Workload {
  if (!parameters) return work;
  const [must, got] = [work.parameters.length, parameters.length];
  if (must !== got)
    throw new RangeError(
      `Cannot time ${work.preset} from there: it has ${must} parameters, these are ${got}`,
    );
  return { ...work, parameters };
}

/** A model in training. Each call runs one iteration (forward, backward, clip, update) on the same batches. */
export interface Trainee {
  iterate(): Promise<void>;
  /** Mean loss and mean gradient before clipping; changes nothing. */
  gradient(): Promise<{ loss: number; gradient: Float32Array }>;
  /** The device that it computes on, and the milliseconds that the device has computed so far, if the engine knows. */
  readonly detail: string | null;
  busyMs(): number | null;
  dispose(): void;
}

/** @throws the engine's own error if it does not work here */
export async function trainee(
  engineName: string,
  { training, model, parameters, batches }: Workload,
  timed = false,
): Promise<Trainee> {
  const engine = await createEngine(engineName, model, { timed });
  const stepper = await createStepper(newLearner(training, model, parameters.slice()));
  const { learner } = stepper;
  // Allocated once, as in a trainer.
  const gradients = batches.map((_, part) =>
    part === 0 ? stepper.gradient : new Float32Array(learner.parameters.length),
  );
  const losses = batches.map(() => 0);
  async function sum() {
    for (const [part, batch] of batches.entries()) {
      losses[part] = await engine.gradient(learner.parameters, batch, gradients[part]!);
    }
    return reduce({ lo: 0, hi: batches.length }, (leaf) => ({
      gradient: gradients[leaf]!,
      loss: losses[leaf]!,
    }));
  }
  return {
    async iterate() {
      const { loss } = stepper.take(await sum());
      if (loss === null) throw new Error(`Cannot time ${engineName}: its loss or gradient is not finite`);
    },
    async gradient() {
      const { gradient, loss } = await sum();
      const count = training.sequencesPerStep;
      return { loss: loss / count, gradient: gradient.map((value) => value / count) };
    },
    detail: engine.detail ?? null,
    busyMs: () => engine.busyMs?.() ?? null,
    dispose: () => engine.dispose(),
  };
}
