/** Runs a worker from start to end: several lanes, each of which trains whole runs. */

import type { QueueKind } from "@memnet/protocol";
import { type Actor, answerStatus, every, fromZero, type RunQueue, sayHello } from "@memnet/service";
import { lane, type Train, type TrainEnd } from "./lane.ts";

export interface WorkerDeps {
  readonly actor: Actor;
  readonly queue: RunQueue;
  readonly train: Train;
}

export interface WorkerOptions {
  /** The runs to take: those for processors or those for GPUs. */
  readonly kind: QueueKind;
  /** How many runs to train at the same time. */
  readonly lanes: number;
  /** Ends after so long without a run in any lane; otherwise the worker waits for the next. */
  readonly idleMsMax?: number | undefined;
}

const lookEveryMs = 5000;

const ends: readonly TrainEnd["kind"][] = ["over", "failed", "elsewhere", "stopped"];

/**
 * Returns once every run has stopped after a snapshot.
 *
 * @returns "idle" if there was no run for too long, "stopped" if the signal was aborted
 */
export async function run(
  { actor, queue, train }: WorkerDeps,
  { kind, lanes, idleMsMax }: WorkerOptions,
  signal: AbortSignal,
): Promise<"idle" | "stopped"> {
  const { metrics, clock, log } = actor;
  const running = new Map<number, string>();
  metrics
    .gauge("worker_lanes", "Runs that the worker can train at the same time", ["kind"])
    .set({ kind }, lanes);
  const busy = metrics.gauge("worker_busy_lanes", "Runs that the worker trains now", ["kind"]);
  busy.set({ kind }, 0);
  const taken = fromZero(
    metrics.counter("worker_runs_total", "Runs that the worker has taken, by how they ended for it", ["end"]),
    ends.map((end) => ({ end })),
  );
  answerStatus(actor, () => ({
    run: null,
    state: running.size === 0 ? "idle" : `training ${[...running.values()].sort().join(", ")}`,
    waitsFor: running.size === 0 ? "runs in the queue" : null,
    waitsSeconds: null,
    detail: { kind, lanes, runs: [...running.values()].sort() },
  }));
  sayHello(actor, () => null);
  const cancel = watchQueue(actor, queue, kind);
  /** Whether a run was given back, so that the queue has one. */
  let gaveBack = false;
  const idle = new AbortController();
  const leaving = AbortSignal.any([signal, idle.signal]);
  let forget = () => {};
  const onIdle = () => {
    forget();
    if (running.size === 0 && idleMsMax !== undefined) forget = clock.after(idleMsMax, () => idle.abort());
  };
  onIdle();
  const onEnd = (end: TrainEnd["kind"]) => {
    taken.inc({ end });
    gaveBack ||= end === "stopped";
  };
  const each = (number: number) => {
    const onRun = (name: string | null) => {
      if (name === null) running.delete(number);
      else running.set(number, name);
      busy.set({ kind }, running.size);
      onIdle();
    };
    return lane({ queue, train, clock, log, onRun, onEnd }, kind, number, leaving);
  };
  await Promise.all(Array.from({ length: lanes }, (_, number) => each(number)));
  forget();
  cancel();
  if (signal.aborted || gaveBack) return "stopped";
  log.info("Ends, since the queue has had no run", { kind, idleMs: idleMsMax });
  return "idle";
}

/** Every worker tells of the whole queue: as long as one is there, its length is known. */
function watchQueue({ metrics, clock, log }: Actor, queue: RunQueue, kind: QueueKind): () => void {
  const runs = metrics.gauge("queue_runs", "Runs in the queue: those waiting, and those that a worker has", [
    "kind",
    "state",
  ]);
  const look = async () => {
    try {
      const { waiting, taken } = await queue.length(kind);
      runs.set({ kind, state: "waiting" }, waiting);
      runs.set({ kind, state: "taken" }, taken);
    } catch (error) {
      log.debug("Cannot ask for the length of the queue", { error: String(error) });
    }
  };
  void look();
  return every(clock, lookEveryMs, () => void look());
}
