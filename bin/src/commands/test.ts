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
  share,
  terminalColumns,
  UsageError,
  whole,
} from "@memnet/terminal";
import {
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
import {
  checkpointFiles,
  checkRunName,
  checkRunsDir,
  existingRun,
  noSuchRun,
  readBytes,
  readCheckpoint,
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
  readonly slots?: string;
  readonly episodes: string;
  readonly runsDir: string;
  readonly engine: string;
  readonly task?: string;
  readonly serve?: true;
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
    .option("--checkpoint <file>", "this checkpoint (default: the run's best, else its newest)")
    .option("--slots <number>", "a memory of this many slots: parameters do not depend on it")
    .option("--episodes <number>", "how many to play", "5")
    .option("--engine <name>", "auto takes the fastest that works here", "auto")
    .option("--task <file>", "where the run's own task file is now (default: where it was)")
    .option("--runs-dir <folder>", "where runs are kept", runsDirDefault)
    .option("--serve", "show them in a browser instead, with the memory at work; writes nothing")
    .option("--port <number>", `of the page with --serve (default: ${pagePortDefault}, or a free one)`)
    .addHelpText("after", "\nExample:\n  memnet test copy-7 --length 20 --episodes 1")
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
    say(`${path}, step ${whole(learner.step)}, by ${name}\n${legend}`);
    say(averagesText(await play({ engine, learner, task, settings, episodes })));
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

function serveTests(run: string | undefined, { runsDir, port, checkpoint }: Flags): Promise<number> {
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

interface Played {
  readonly episodes: number;
  /** Sums over the episodes; loss in nats. */
  readonly loss: number;
  readonly wrongBits: number;
  readonly exact: number;
}

interface Play {
  readonly engine: Engine;
  readonly learner: Learner;
  readonly task: Task;
  readonly settings: TaskSettings;
  readonly episodes: number;
}

async function play({ engine, learner, task, settings, episodes }: Play): Promise<Played> {
  const { parameters, training } = learner;
  const columns = isTerminal() ? terminalColumns() : undefined;
  const names = channelsOf(task, settings);
  const sums = { loss: 0, wrongBits: 0, exact: 0 };
  for (let from = 0; from < episodes; from++) {
    const place = { seed: training.seed, stream: streams.test, step: 0, from, sequences: 1 };
    const batch = makeBatch(task, settings, place);
    const { logits } = await engine.trace(parameters, batch);
    const { loss, wrongBits, exact } = await engine.evaluate(parameters, batch);
    sums.loss += loss;
    sums.wrongBits += wrongBits;
    sums.exact += exact;
    const planes = planesOf(batch, names);
    const picture = episodePicture({ ...planes, output: { ...planes.target, data: logits!.data } }, columns);
    say(`\nepisode ${from + 1}: loss ${figure(loss / Math.LN2)} bits, wrong bits ${wrongBits}\n${picture}`);
  }
  return { episodes, ...sums };
}

/** Formats the means over the episodes. Pure. */
export function averagesText({ episodes, loss, wrongBits, exact }: Played): string {
  const mean = loss / episodes;
  return [
    "",
    `average of ${episodes} episode${episodes === 1 ? "" : "s"}`,
    `  loss       ${figure(mean / Math.LN2)} bits`,
    `  wrong bits ${figure(wrongBits / episodes)}`,
    `  exact      ${share(exact / episodes)}`,
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
    return { learner: readCheckpoint(flags.checkpoint), path: flags.checkpoint, taskFile };
  }
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
