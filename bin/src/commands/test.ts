/** memnet test: shows how a run's best model does on the test stream. */

import { resolve } from "node:path";
import { pagePortDefault } from "@memnet/page/port";
import {
  CommandError,
  complain,
  exitCodes,
  figure,
  isTerminal,
  say,
  sayJson,
  share,
  terminalColumns,
  UsageError,
  whole,
} from "@memnet/terminal";
import {
  type Batch,
  type Channels,
  channelsOf,
  chooseEngine,
  createEngine,
  decodeCheckpoint,
  type Engine,
  fixed,
  type Learner,
  type ModelConfig,
  makeBatch,
  streams,
  type Task,
  type TaskSettings,
  taskSettings,
} from "memnet";
import { wholeOf } from "../configure/flags.ts";
import { presetText, readModel } from "../configure/model-file.ts";
import {
  checkpointFiles,
  checkRunName,
  checkRunsDir,
  existingRun,
  noSuchRun,
  readBytes,
  runsDirDefault,
} from "../configure/runs-dir.ts";
import { addSizes, type SizeFlags, sizesOf } from "../configure/sizes.ts";
import { taskOfRun } from "../configure/task.ts";
import type { Define } from "../define.ts";
import { planesOf } from "../episode.ts";
import { servePageOf } from "../serve-page.ts";
import { episodePicture, legend } from "../text/picture.ts";

interface Flags extends SizeFlags {
  readonly checkpoint?: string;
  readonly preset?: string;
  readonly slots?: string;
  readonly episodes: string;
  readonly runsDir: string;
  readonly engine: string;
  readonly task?: string;
  readonly serve?: true;
  readonly json?: true;
  readonly port?: string;
}

/** A memory of more slots is of no use: an episode writes one slot at a time at most. */
const slotsMax = 10_000;

export const define: Define = (command, finish) => {
  addSizes(command, "those of training")
    .description(
      "Plays episodes of the test stream with a run's best model, and prints input, mask, target and output as text " +
        "pictures, then the averages. Sizes it was not trained on can be tried.",
    )
    .argument("[run]", "the run's name; not needed with --checkpoint")
    .option(
      "--checkpoint <file>",
      "this checkpoint, or a file of a model's tensors with --preset (default: the run's best, else its newest)",
    )
    .option("--preset <name>", presetText)
    .option("--slots <number>", "a memory of this many slots: parameters do not depend on it")
    .option("--episodes <number>", "how many to play", "5")
    .option("--engine <name>", "auto takes the fastest that works here", "auto")
    .option("--task <file>", "where the run's own task file is now (default: where it was)")
    .option("--runs-dir <folder>", "where runs are kept", runsDirDefault)
    .option("--json", "print the figures of each episode, and their means, as JSON")
    .option("--serve", "show them in a browser instead, with the memory at work; writes nothing")
    .option("--port <number>", `of the page with --serve (default: ${pagePortDefault}, or a free one)`)
    .addHelpText(
      "after",
      "\nExamples:\n  memnet test copy-7 --length 20 --episodes 1\n  memnet test --checkpoint mine.safetensors --preset copy-ntm",
    )
    .action(async (run: string | undefined, flags: Flags) => finish(await test(run, flags)));
};

async function test(run: string | undefined, flags: Flags): Promise<number> {
  if (flags.serve) return serveTests(run, flags);
  const { learner, path, taskFile } = load(run, flags);
  const task = await taskOfRun(learner.training, flags.task ?? taskFile);
  const settings = sizes(task, taskSettings(learner.training), flags);
  const episodes = wholeOf("--episodes", flags.episodes, 1, 10_000);
  const model = withSlots(learner.model, flags.slots);
  const { name } = await chooseEngine(flags.engine, model);
  const engine = await createEngine(name, model);
  try {
    if (!flags.json) say(`${path}, step ${whole(learner.step)}, by ${name}\n${legend}`);
    const onEpisode = flags.json ? null : sayEpisode(channelsOf(task, settings));
    const played = await play({ engine, learner, task, settings, episodes, onEpisode });
    const mean = meanOf(played);
    if (!flags.json) say(averagesText(mean, episodes));
    else sayJson({ checkpoint: path, step: learner.step, engine: name, settings, mean, episodes: played });
    return exitCodes.done;
  } finally {
    engine.dispose();
  }
}

/** Returns the model with another number of slots, if one is given. */
function withSlots(model: ModelConfig, slots: string | undefined): ModelConfig {
  if (slots === undefined) return model;
  if (model.model === "lstm")
    throw new UsageError("Cannot use --slots: this network, an LSTM, has no memory");
  return { ...model, slots: wholeOf("--slots", slots, 1, slotsMax) };
}

function serveTests(run: string | undefined, { runsDir, port, checkpoint, json }: Flags): Promise<number> {
  if (json) throw new UsageError("Cannot use --json with --serve: a page has no JSON");
  if (run === undefined || checkpoint !== undefined) {
    throw new UsageError("Cannot use --serve: it shows a run, and needs its name and no --checkpoint");
  }
  checkRunsDir(resolve(runsDir));
  if (existingRun(resolve(runsDir), checkRunName(run)) === null) {
    throw noSuchRun(resolve(runsDir), run);
  }
  const wanted = port === undefined ? null : wholeOf("--port", port, 0, 65_535);
  const text = (address: string) => `${address}env/${run}_test\nCtrl-C ends it.`;
  return servePageOf(resolve(runsDir), wanted, text);
}

/** An episode's figures, or their means. */
interface Figures {
  /** In nats. */
  readonly loss: number;
  readonly lossBits: number;
  readonly wrongBits: number;
  /** 1 if no bit is wrong. */
  readonly exact: number;
}

type OnEpisode = (number: number, batch: Batch, logits: Float32Array, figures: Figures) => void;

interface Play {
  readonly engine: Engine;
  readonly learner: Learner;
  readonly task: Task;
  readonly settings: TaskSettings;
  readonly episodes: number;
  /** Null if the outputs are not needed, which cost more than the figures. */
  readonly onEpisode: OnEpisode | null;
}

async function play({ engine, learner, task, settings, episodes, onEpisode }: Play): Promise<Figures[]> {
  const { parameters, training } = learner;
  const played: Figures[] = [];
  for (let from = 0; from < episodes; from++) {
    const place = { seed: training.seed, stream: streams.test, step: 0, from, sequences: 1 };
    const batch = makeBatch(task, settings, place);
    const { loss, wrongBits, exact } = await engine.evaluate(parameters, batch);
    const figures = { loss, lossBits: loss / Math.LN2, wrongBits, exact };
    if (onEpisode) onEpisode(from + 1, batch, (await engine.trace(parameters, batch)).logits!.data, figures);
    played.push(figures);
  }
  return played;
}

/** Prints an episode as a picture. */
function sayEpisode(names: Channels): OnEpisode {
  const columns = isTerminal() ? terminalColumns() : undefined;
  return (number, batch, logits, { lossBits, wrongBits }) => {
    const planes = planesOf(batch, names);
    const picture = episodePicture({ ...planes, output: { ...planes.target, data: logits } }, columns);
    say(`\nepisode ${number}: loss ${figure(lossBits)} bits, wrong bits ${wrongBits}\n${picture}`);
  };
}

/** Pure. */
function meanOf(played: readonly Figures[]): Figures {
  const mean = (name: keyof Figures) => played.reduce((sum, one) => sum + one[name], 0) / played.length;
  return {
    loss: mean("loss"),
    lossBits: mean("lossBits"),
    wrongBits: mean("wrongBits"),
    exact: mean("exact"),
  };
}

/** Formats the means over the episodes. Pure. */
export function averagesText({ lossBits, wrongBits, exact }: Figures, episodes: number): string {
  return [
    "",
    `average of ${episodes} episode${episodes === 1 ? "" : "s"}`,
    `  loss       ${figure(lossBits)} bits`,
    `  wrong bits ${figure(wrongBits)}`,
    `  exact      ${share(exact)}`,
  ].join("\n");
}

function load(
  run: string | undefined,
  flags: Flags,
): { learner: Learner; path: string; taskFile: string | null } {
  const runsDir = resolve(flags.runsDir);
  if (run !== undefined) checkRunsDir(runsDir);
  const config = run === undefined ? null : existingRun(runsDir, checkRunName(run));
  const taskFile =
    (config?.json as { operation?: { taskFile?: string | null } } | null)?.operation?.taskFile ?? null;
  if (flags.checkpoint !== undefined) {
    return { learner: readModel(flags.checkpoint, flags.preset), path: flags.checkpoint, taskFile };
  }
  if (flags.preset !== undefined) throw new UsageError("Cannot use --preset without --checkpoint FILE");
  if (run === undefined) throw new UsageError("Cannot test nothing: name a run, or a file with --checkpoint");
  const files = checkpointFiles(runsDir, run);
  if (files.length === 0) throw new CommandError(`Cannot test run ${run}: it has no checkpoint yet`);
  for (const path of files) {
    try {
      return { learner: decodeCheckpoint(readBytes(path)), path, taskFile };
    } catch (error) {
      complain(`Passing over ${path}: ${(error as Error).message}`);
    }
  }
  throw new CommandError(`Cannot test run ${run}: none of its checkpoints can be used`);
}

function sizes(task: Task, trained: TaskSettings, flags: Flags): TaskSettings {
  let settings = trained;
  for (const [name, size] of Object.entries(sizesOf(flags))) {
    if (!Array.isArray(task.settings[name])) {
      const ranges = Object.keys(task.settings).filter((one) => Array.isArray(task.settings[one]));
      throw new UsageError(
        `Cannot choose ${name}: the sizes of task ${task.name} are ${ranges.join(", ") || "none"}`,
      );
    }
    settings = fixed(settings, name, size);
  }
  return settings;
}
