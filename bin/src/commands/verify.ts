/** memnet verify: recomputes a run's steps and compares them with what the run recorded. */

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { irregularText, type RunOnDisk, readRun } from "@memnet/runs";
import { systemDisk } from "@memnet/service/disk";
import {
  CommandError,
  complain,
  exitCodes,
  progressOutput,
  say,
  sayJson,
  UsageError,
} from "@memnet/terminal";
import {
  decodeCheckpoint,
  differingPaths,
  initialParameters,
  type Learner,
  modelOf,
  newLearner,
  parametersHash,
  type Task,
  type TrainingConfig,
} from "memnet";
import {
  checkRunName,
  checkRunsDir,
  existingRun,
  noSuchRun,
  readBytes,
  runsDirDefault,
} from "../configure/runs-dir.ts";
import { taskOfRun } from "../configure/task.ts";
import type { Define } from "../define.ts";
import { fingerprintWarning, verdictText, verifyingLine } from "../text/verdict.ts";
import { type Plan, parseSteps, planOf, type Recorded } from "../verify/plan.ts";
import { replay } from "../verify/replay.ts";
import { type Sums, threadedSums } from "../verify/sums.ts";

interface Flags {
  readonly steps?: string;
  readonly json?: true;
  readonly runsDir: string;
  readonly task?: string;
}

export const define: Define = (command, finish) => {
  command
    .description(
      "Computes a run's steps again, from its folder alone and with its own engine, and compares: the SHA-256 of the " +
        "parameters at each checkpoint line of metrics.jsonl, the checkpoints that are kept byte by byte, and the loss " +
        "and gradient norm of each step; and whether metrics.jsonl has each record once. So anyone can check that a " +
        "model is what its configuration gives.",
    )
    .argument("<run>", "the run's name")
    .option(
      "--steps <range>",
      "A..B: begin at the newest checkpoint at or before step A, and go to step B (default: all, from the initial " +
        "parameters to the last checkpoint line)",
    )
    .option("--json", "print the outcome as JSON, and nothing else")
    .option("--task <file>", "where the run's own task file is now (default: where it was)")
    .option("--runs-dir <folder>", "where runs are kept", runsDirDefault)
    .addHelpText(
      "after",
      `
Exit codes: 0 all agree, 1 something differs or is damaged, 2 bad usage or nothing that can be compared.

Examples:
  memnet verify copy-7
  memnet verify copy-7 --steps 9000..10000`,
    )
    .action(async (run: string, flags: Flags) => finish(await verify(run, flags)));
};

async function verify(run: string, flags: Flags): Promise<number> {
  const range = flags.steps === undefined ? null : parseSteps(flags.steps);
  const recorded = await read(resolve(flags.runsDir), checkRunName(run));
  const irregular = irregularText(recorded.irregular);
  const plan = planOf(recorded, range);
  const { training, operation, fingerprint: there } = recorded.config;
  const taskFile = flags.task ?? operation.taskFile;
  const task = await taskOfRun(training, taskFile);
  const start = startOf(run, plan, training, task);
  await using sums = await sumsFor(run, training, taskFile);
  const here = await sums.fingerprint();
  const warning = fingerprintWarning(run, there, here);
  if (warning !== null && !flags.json) complain(warning);
  const replayed = await replay(plan, start, {
    sumOf: (learner) => sums.of(learner),
    read: (path) => (existsSync(path) ? readBytes(path) : null),
    ...(flags.json ? {} : { onStep: progress(plan) }),
  });
  const agrees = replayed.differences.length === 0 && irregular === "";
  const { engine } = training;
  if (flags.json) sayJson({ run, agrees, irregular, engine, fingerprint: { there, here }, ...replayed });
  else say(verdictText({ run, irregular, replayed, engine, fingerprint: here }));
  return agrees ? exitCodes.done : exitCodes.failure;
}

/** @throws UsageError if there is no such run, DamagedRunError or CommandError if it cannot be read */
async function read(runsDir: string, run: string): Promise<Recorded & Pick<RunOnDisk, "irregular">> {
  checkRunsDir(runsDir);
  if (!existingRun(runsDir, run)) throw noSuchRun(runsDir, run);
  const { best, ...rest } = await readRun(systemDisk, runsDir, run);
  return { ...rest, best: best === null ? null : { path: best, step: checkpointAt(run, best).step } };
}

/** @throws CommandError naming the file and what is wrong with it */
function checkpointAt(run: string, path: string): Learner {
  try {
    return decodeCheckpoint(readBytes(path));
  } catch (error) {
    throw new CommandError(`Cannot verify run ${run}: ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Returns the learner that the plan begins with. */
function startOf(run: string, { from, checkpoint }: Plan, training: TrainingConfig, task: Task): Learner {
  if (checkpoint === null) {
    const model = modelOf(training, task);
    return newLearner(training, model, initialParameters(model, training.seed));
  }
  const learner = checkpointAt(run, checkpoint);
  const why = unfit(learner, from, training);
  if (why !== null) throw new CommandError(`Cannot verify run ${run}: ${checkpoint} ${why}`);
  return learner;
}

/** Says why a checkpoint does not belong to this configuration and step; null if it does. */
function unfit(learner: Learner, from: number, training: TrainingConfig): string | null {
  const differing = differingPaths(learner.training, training);
  if (differing.length > 0)
    return `must be of the configuration in config.json, and differs in ${differing.join(", ")}`;
  if (learner.step !== from) return `must be of step ${from}, and is of step ${learner.step}`;
  const given = from === 0 ? training.initial : null;
  const hash = parametersHash(learner.parameters);
  if (given !== null && hash !== given) return `must have the initial parameters ${given}, and has ${hash}`;
  return null;
}

async function sumsFor(run: string, training: TrainingConfig, taskFile: string | null): Promise<Sums> {
  try {
    return await threadedSums({ training, taskFile });
  } catch (error) {
    // The thread's own error is the cause of the error that reports its end.
    const { message } = ((error as Error).cause ?? error) as Error;
    const [why] = message.split("\n");
    throw new UsageError(
      `Cannot verify run ${run}: its engine ${training.engine} must work here, and does not: ${why}`,
      { cause: error },
    );
  }
}

/** Returns a function that shows the progress from time to time. */
function progress({ from, to }: Plan): (step: number) => void {
  const { show, everyMs } = progressOutput();
  const began = performance.now();
  let shown = began;
  return (step) => {
    const now = performance.now();
    if (now - shown < everyMs || step === to) return;
    shown = now;
    show(verifyingLine({ step, from, to, seconds: (now - began) / 1000 }));
  };
}
