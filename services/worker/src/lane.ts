/** One lane of a worker: takes one run after another from the queue, and trains each to its end. */

import type { QueueKind } from "@memnet/protocol";
import {
  type Clock,
  every,
  type Log,
  type RunQueue,
  silenceMsMax,
  sleep,
  type TakenRun,
} from "@memnet/service";
import { decodeJob, type Job } from "./job.ts";

export type TrainEnd =
  /** The run has ended, or an operator has stopped it. */
  | { readonly kind: "over" }
  | { readonly kind: "failed"; readonly why: string }
  /** Another worker holds the run. */
  | { readonly kind: "elsewhere" }
  /** The signal was aborted; the run has stopped after a snapshot. */
  | { readonly kind: "stopped" };

/** Trains a run, or resumes it. */
export type Train = (job: Job, lane: number, signal: AbortSignal) => Promise<TrainEnd>;

/** A run that fails is given out this often, those times included that its worker died, and then given up. */
const attemptsMax = 3;

/** A run that kills its worker, or whose workers keep dying, is given out this often. */
const deliveriesMax = 100;

/** A run that failed waits this long, so that others come first and another worker may take it. */
const againMs = 5000;

/** How long to wait after the queue has failed. */
const queueRetryMs = 1000;

export interface LaneParts {
  readonly queue: RunQueue;
  readonly train: Train;
  readonly clock: Clock;
  readonly log: Log;
  /** Called with the run that the lane begins, and with null when it has ended. */
  readonly onRun: (run: string | null) => void;
  readonly onEnd: (end: TrainEnd["kind"]) => void;
}

/** Returns once the signal is aborted and the lane's run has stopped. */
export async function lane(
  parts: LaneParts,
  kind: QueueKind,
  number: number,
  signal: AbortSignal,
): Promise<void> {
  const { queue, clock, log } = parts;
  while (!signal.aborted) {
    let taken: TakenRun | null;
    try {
      taken = await queue.take(kind, signal);
    } catch (error) {
      log.warn("Cannot take a run from the queue", { error: String(error) });
      await sleep(clock, queueRetryMs, signal);
      continue;
    }
    if (taken) await work(parts, taken, number, signal);
  }
}

async function work(parts: LaneParts, taken: TakenRun, number: number, signal: AbortSignal): Promise<void> {
  const { train, clock, log, onRun, onEnd } = parts;
  const { run, deliveries } = taken;
  const job = readJob(taken);
  if ("why" in job || deliveries > deliveriesMax) {
    const why = "why" in job ? job.why : `it was given out ${deliveries} times, and never came to an end`;
    log.error(`Gave up run ${run}: ${why}`, { run });
    taken.drop(why);
    return onEnd("failed");
  }
  log.info("Took a run", { run, deliveries });
  onRun(run);
  const quiet = every(clock, silenceMsMax / 3, () => taken.working());
  let end: TrainEnd;
  try {
    end = await train(job, number, signal).catch(
      (error): TrainEnd => ({ kind: "failed", why: String(error) }),
    );
  } finally {
    quiet();
    onRun(null);
  }
  onEnd(end.kind);
  await conclude(parts, taken, end);
}

async function conclude({ log }: LaneParts, taken: TakenRun, end: TrainEnd): Promise<void> {
  const { run, deliveries } = taken;
  switch (end.kind) {
    case "over":
      log.info("Finished a run", { run });
      // If this fails, another worker opens the run, and finds that it has ended.
      await taken
        .done()
        .catch((error) => log.warn("Cannot remove a run from the queue", { run, error: String(error) }));
      return;
    case "stopped":
      return taken.giveBack(0);
    case "elsewhere":
      log.info("Left a run to another worker", { run });
      return;
    case "failed":
      if (deliveries < attemptsMax) {
        log.warn(`Run ${run} failed, and another worker may try it: ${end.why}`, { run, deliveries });
        return taken.giveBack(againMs);
      }
      log.error(`Gave up run ${run}: ${end.why}`, { run, deliveries });
      return taken.drop(end.why);
  }
}

function readJob({ payload, run }: TakenRun): Job | { readonly why: string } {
  try {
    const job = decodeJob(payload);
    return job.run === run ? job : { why: `its message is about run ${job.run}` };
  } catch (error) {
    return { why: `its message cannot be read: ${(error as Error).message}` };
  }
}
