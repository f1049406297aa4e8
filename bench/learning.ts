/** `--learning`: after how many sequences, and seconds of training, memnet, JAX and PyTorch have solved a preset's task. */

import { groupedBy, spread } from "@memnet/runs";
import { complain, table, UsageError, whole } from "@memnet/terminal";
import {
  builtInTask,
  createTrainer,
  type EngineName,
  longest,
  makeBatch,
  measure,
  type PresetName,
  presetConfig,
  scheduledRate,
  streams,
  type Trainer,
  taskSettingsAt,
  validationSplit,
} from "memnet";
import { solvedAt } from "../results/solved.ts";
import { Contender, checkGradient } from "./contender.ts";
import { sum } from "./timing.ts";
import { workload } from "./workload.ts";

export interface LearningWanted {
  /** Undefined for `learningPresets`. */
  readonly presets: readonly PresetName[] | undefined;
  readonly engine: string;
  /** Trains from the seeds 1 up to this one. */
  readonly seeds: number;
  readonly peers: readonly string[];
  readonly python: string;
}

/** What `--json` prints of each run; null if it did not solve the task. */
export interface LearningRow {
  readonly preset: string;
  readonly seed: number;
  /** The name of an engine or a peer. */
  readonly engine: string;
  readonly sequences: number | null;
  /** Seconds of training up to then, without evaluations. */
  readonly seconds: number | null;
}

/** Not torch-compiled, which compiles each length for minutes, nor CUDA graphs, whose learning rate is fixed. */
export const learningPeers = ["jax", "torch-eager"];
const learningPresets: readonly PresetName[] = ["copy-ntm", "repeat-copy-dnc"];
/** The tasks that peers make batches of. */
const peersTasks = ["copy", "repeat-copy"];

/** What takes steps. */
interface Student {
  /** @returns the milliseconds of each step */
  advance(steps: number): Promise<readonly number[]>;
  parameters(): Promise<Float32Array>;
}

/**
 * Trains with each of them from each seed, one after another, until it has solved the task: with the same initial parameters,
 * optimizer, schedule, curriculum and measurements. Peers draw batches of their own.
 */
export async function compareLearning(wanted: LearningWanted): Promise<LearningRow[]> {
  const { presets = learningPresets, engine, seeds, python } = wanted;
  const other = presets.find(
    (name) => !peersTasks.includes(presetConfig(name, { engine }).training.task.name),
  );
  if (other)
    throw new UsageError(`Cannot compare ${other}: peers know the tasks ${peersTasks.join(" and ")} alone`);
  let peers = wanted.peers.map((name) => new Contender(name, { python }));
  const rows: LearningRow[] = [];
  try {
    for (const preset of presets) {
      for (let seed = 1; seed <= seeds; seed++) {
        const trainer = await createTrainer({ preset, settings: { seed }, engine: engine as EngineName });
        const learns = async (name: string, student: Student) => {
          const row = { preset, seed, engine: name, ...(await solvedBy(student, trainer)) };
          complain(`${preset}, seed ${seed}, ${name}: ${rowText(row)}`);
          rows.push(row);
        };
        await learns(engine, ownStudent(trainer));
        for (const peer of peers) {
          const student = await peerStudent(peer, preset, trainer);
          if (student) await learns(peer.name, student);
        }
        peers = peers.filter(({ dead }) => dead === null);
        trainer.engine.dispose();
      }
    }
  } finally {
    for (const peer of peers) peer.stop();
  }
  return rows;
}

async function solvedBy(student: Student, { config, task, engine }: Trainer) {
  const { training, operation } = config;
  const { steps, evaluateEvery, evaluationBatches: batches } = operation;
  const wrongBits: number[] = [];
  const seconds: number[] = [];
  let milliseconds = 0;
  for (let step = 0; step < steps && solvedAt(wrongBits) < 0; step += evaluateEvery) {
    const each = await student.advance(evaluateEvery);
    // JAX compiles in its first step.
    milliseconds += sum(step === 0 ? each.slice(1) : each);
    const split = validationSplit(training);
    const measured = await measure(engine, await student.parameters(), {
      task,
      split,
      seed: training.seed,
      batches,
    });
    wrongBits.push(measured.wrongBits);
    seconds.push(milliseconds / 1000);
  }
  const at = solvedAt(wrongBits);
  if (at < 0) return { sequences: null, seconds: null };
  return { sequences: (at + 1) * evaluateEvery * training.sequencesPerStep, seconds: seconds[at]! };
}

function ownStudent(trainer: Trainer): Student {
  return {
    async advance(steps) {
      const end = trainer.step + steps;
      const milliseconds: number[] = [];
      let before = performance.now();
      for await (const { step } of trainer) {
        const now = performance.now();
        milliseconds.push(now - before);
        before = now;
        if (step === end) break;
      }
      return milliseconds;
    },
    parameters: async () => trainer.parameters,
  };
}

/** Says so and returns undefined if the peer is not installed. */
async function peerStudent(
  peer: Contender,
  preset: string,
  { config, engine }: Trainer,
): Promise<Student | undefined> {
  const { training } = config;
  const { optimizer, sequencesPerStep, seed } = training;
  const work = workload(preset, sequencesPerStep, { seed });
  const loaded = await peer.load(work).catch((error: Error) => {
    complain(`${peer.name} is left out: ${error.message}`);
  });
  if (!loaded) return undefined;
  const expected = new Float32Array(work.parameters.length);
  await engine.gradient(work.parameters, work.batch, expected);
  checkGradient(
    peer.name,
    loaded.gradient,
    training.engine,
    expected.map((sum) => sum / sequencesPerStep),
  );
  const task = builtInTask(training.task.name);
  const place = { seed, stream: streams.training, from: 0, sequences: 1 };
  let taken = 0;
  return {
    async advance(steps) {
      const milliseconds: number[] = [];
      // A stage of the curriculum may begin in between.
      for (const end = taken + steps; taken < end; ) {
        const settings = taskSettingsAt(training, taken + 1);
        const rates: number[] = [];
        for (; taken < end && taskSettingsAt(training, taken + 1) === settings; taken++) {
          rates.push(scheduledRate(optimizer.learningRate, optimizer.schedule, taken + 1));
        }
        const { times } = makeBatch(task, longest(settings), { ...place, step: taken });
        milliseconds.push(...(await peer.learn({ name: task.name, ...settings }, times, rates)).milliseconds);
      }
      return milliseconds;
    },
    parameters: () => peer.parameters(),
  };
}

function rowText({ sequences, seconds }: Pick<LearningRow, "sequences" | "seconds">): string {
  return sequences === null
    ? "not solved"
    : `solved after ${whole(sequences)} sequences, ${seconds!.toFixed(1)} s`;
}

/** Formats medians and quartiles over the seeds. */
export function learningTable(rows: readonly LearningRow[]): string {
  const groups = groupedBy(rows, ({ preset, engine }) => `${preset} ${engine}`);
  const quartiles = (values: readonly (number | null)[], text: (value: number) => string) => {
    const all = spread(values);
    return all ? [text(all.median), `${text(all.lower)}–${text(all.upper)}`] : ["", ""];
  };
  return table(
    ["preset", "with", ">solved", ">sequences", ">quartiles", ">seconds", ">quartiles"],
    [...groups.values()].map((own) => {
      const sequences = own.map((row) => row.sequences);
      return [
        ...[own[0]!.preset, own[0]!.engine],
        `${sequences.filter((one) => one !== null).length} of ${own.length}`,
        ...quartiles(sequences, whole),
        ...quartiles(
          own.map(({ seconds }) => seconds),
          (seconds) => seconds.toFixed(1),
        ),
      ];
    }),
  );
}
