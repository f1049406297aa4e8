/** The state that the parts of one evaluator share. */

import { RefusedError, type RunFields } from "@memnet/protocol";
import { diskCode, eventLine } from "@memnet/runs";
import type { Actor } from "@memnet/service";
import type { CutOff } from "./attendance.ts";
import { FencedError, refusalOf } from "./errors.ts";
import type { EvaluatorMetrics } from "./metrics.ts";
import type { RunFolder } from "./run-folder.ts";
import type { Runs } from "./runs.ts";
import type { RunsFolder } from "./runs-folder.ts";

export interface Context {
  readonly actor: Actor;
  readonly folder: RunsFolder;
  readonly runs: Runs;
  readonly metrics: EvaluatorMetrics;
  /** Versions of memnet, Node.js and so on, recorded in each new run's config.json. */
  readonly versions: Readonly<Record<string, string>>;
  /** Wakes up measuring, because an evaluation may be due. */
  wake(): void;
  /** Ends this evaluator, because a newer one writes to the runs folder. */
  fenced(error: FencedError): void;
  /** The services that are cut off from NATS. */
  cutOff(): readonly CutOff[];
  /** The last disk error; null again once a write succeeds. */
  diskError: string | null;
}

/**
 * Does work on the run that a message is about. A run does one piece of work at a time, and refuses messages of an
 * older epoch, even if the newer one began while the work waited.
 *
 * @param lane which of the run's queues the work waits in
 * @throws RefusedError RUN, TRAINING or EPOCH
 */
export async function inRun<T>(
  context: Context,
  { run: name, trainingHash, epoch }: RunFields,
  work: (run: RunFolder) => Promise<T>,
  lane: "queue" | "intake" = "queue",
): Promise<T> {
  const run = await context.runs.find(name);
  if (!run) throw new RefusedError("RUN", `There is no run ${name} here`);
  if (trainingHash !== run.trainingHash) {
    throw new RefusedError(
      "TRAINING",
      `A message about run ${name} must be of training configuration ${run.trainingHash}, got ${trainingHash}`,
    );
  }
  checkEpoch(run, epoch);
  return run[lane].do(() => {
    checkEpoch(run, epoch);
    return work(run);
  });
}

function checkEpoch(run: RunFolder, epoch: number): void {
  if (run.gone) throw new RefusedError("RUN", `Run ${run.name} was removed`);
  if (epoch !== run.epoch) {
    throw new RefusedError(
      "EPOCH",
      `A message about run ${run.name} must be of epoch ${run.epoch}, got ${epoch}`,
    );
  }
}

/**
 * Adds an event to the run's metrics.jsonl and a line to this process's log. A launcher shows errors on the terminal.
 */
export async function note(
  { actor }: Context,
  run: RunFolder,
  level: "warn" | "error",
  message: string,
  event: Readonly<Record<string, unknown>> & { readonly event: string },
): Promise<void> {
  actor.log[level](message, { run: run.name, ...event });
  await run.addLines([eventLine(actor.clock.wall(), event)]);
}

/**
 * Handles a request: converts errors to refusals, and ends the evaluator if it is fenced. A fenced evaluator discards
 * the outcome, even a successful one, and tells the client to ask again, since a newer evaluator may know better.
 */
export async function guarded<T>(context: Context, what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await unlessFenced(context, work);
  } catch (error) {
    noteError(context, what, error);
    throw refusalOf(error, what);
  }
}

/**
 * Does the work, then checks that this evaluator is not fenced.
 *
 * @throws FencedError in place of the work's result or error
 */
export async function unlessFenced<T>({ folder }: Context, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    await folder.check();
  }
}

export function noteError(context: Context, what: string, error: unknown): void {
  if (error instanceof FencedError) {
    context.fenced(error);
    return;
  }
  const code = diskCode(error);
  if (!code) return;
  context.diskError = `Cannot ${what}: ${(error as Error).message}`;
  context.metrics.diskError(code);
  context.actor.log.error(`Cannot ${what}`, { error });
}
