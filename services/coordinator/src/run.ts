/** Runs a coordinator from start to end: opens the run, trains it, and records how it ended. */

import { messages, RefusedError, type RunFields, subjects, textMax } from "@memnet/protocol";
import { type Actor, answerStatus, loadTask, type StatusReport, sayHello, sleep } from "@memnet/service";
import { type Learner, largestGuessingLoss, modelOf, type RunConfig, taskSettings } from "memnet";
import type { Arbiter, ArbiterSettings } from "./arbiter.ts";
import { Conductor } from "./conductor.ts";
import { askUntilAnswered } from "./evaluator-link.ts";
import { type Announced, Herald } from "./herald.ts";
import { type Opened, type OpenOptions, openRun } from "./opening.ts";
import { FencedError, type Outcome } from "./outcome.ts";
import type { Updater } from "./updater.ts";

export interface CoordinatorDeps {
  readonly actor: Actor;
  readonly createUpdater: (learner: Learner) => Promise<Updater>;
  /** Creates an engine that decides between trainers; null if the run has none. */
  readonly createArbiter: (settings: ArbiterSettings) => Arbiter | null;
  /** Draws from [0, 1) which steps are audited; trainers must not be able to foresee it. */
  readonly chance: () => number;
}

export interface CoordinatorOptions {
  /** The run to open; null picks an unfinished run of this configuration that no coordinator holds, or creates one. */
  readonly run: string | null;
  /** Whether to create a new run when `run` is null, instead of resuming an unfinished one. */
  readonly fresh: boolean;
  readonly config: RunConfig;
  /** Parameters to start from instead of the seed's. */
  readonly initial: Float32Array | null;
  /**
   * Whether to exit when the run ends. In a cluster the coordinator stays and keeps announcing that the run has ended.
   */
  readonly exitAtEnd: boolean;
  /** Whether trainers may join that do not ask for this run by name. */
  readonly joinable: boolean;
}

/** How long the coordinator waits for the evaluator to record the run's end, or to open the run from an earlier step. */
const settleMs = 30_000;

/**
 * Runs the coordinator.
 *
 * @throws RefusedError if the run cannot be opened as requested, FencedError if another coordinator has taken it over
 */
export async function run(
  deps: CoordinatorDeps,
  options: CoordinatorOptions,
  signal: AbortSignal,
): Promise<Outcome> {
  const { actor } = deps;
  let report: () => StatusReport = () => ({
    run: options.run,
    state: "opening",
    waitsFor: "the evaluator",
    waitsSeconds: null,
    detail: {},
  });
  answerStatus(actor, () => report());
  actor.ready = () => "opening the run";
  const { training, operation } = options.config;
  const task = await loadTask(training.task, operation.taskFile, taskSettings(training));
  const open: OpenOptions = { ...options, model: modelOf(training, task), before: null };
  let opened = await openRun(actor, open, signal);
  let { fields } = opened;
  actor.journal.about(fields.run);
  actor.log.info(opened.created ? "Created the run" : "Opened the run", {
    run: fields.run,
    epoch: fields.epoch,
    step: opened.learner.step,
  });
  actor.ready = () => true;
  const before = await endBefore(actor, opened, signal);
  if (before) {
    actor.log.info("The run had ended", { run: fields.run, ...before });
    const end = { ...before, skipped: opened.skipped };
    await announceTheEnd(actor, opened, end, options.exitAtEnd ? null : signal);
    return before;
  }
  const guessing = largestGuessingLoss(task, opened.config.training);
  const { taskFile } = opened.config.operation;
  const arbiter = deps.createArbiter({ training: opened.config.training, taskFile });
  let updater = await deps.createUpdater(opened.learner);
  sayHello(actor, () => fields.run);
  try {
    for (;;) {
      const conductor = new Conductor({ actor, opened, updater, arbiter, chance: deps.chance, guessing });
      report = () => conductor.status();
      const outcome = await conductor.run(signal);
      const reopen = { ...open, run: fields.run };
      if (outcome.state === "back") {
        const { before, reason } = outcome;
        actor.log.warn("The run goes back", { run: fields.run, before, reason });
        opened = await patiently(actor, (patience) => openRun(actor, { ...reopen, before }, patience));
        ({ fields } = opened);
        await updater.stop();
        updater = await deps.createUpdater(opened.learner);
        continue;
      }
      const settled = await settle(actor, reopen, fields, outcome, conductor.step);
      report = () => ({
        run: fields.run,
        state: outcome.state,
        waitsFor: null,
        waitsSeconds: null,
        detail: { ...outcome },
      });
      await actor.metrics.forget("run", fields.run);
      const end = { ...outcome, skipped: conductor.skipped };
      const announced = { ...opened, fields: settled };
      await announceTheEnd(actor, announced, end, options.exitAtEnd ? null : signal);
      return outcome;
    }
  } catch (error) {
    if (error instanceof RefusedError && error.code === "EPOCH")
      throw new FencedError(fields.run, fields.epoch, error.message);
    throw error;
  } finally {
    await updater.stop();
    await arbiter?.stop();
  }
}

/**
 * The end of a run that had ended before, if no further step is wanted. Its state stays as it is: two workers may be
 * given one run, and the later one must not make it look unfinished.
 */
async function endBefore(
  actor: Actor,
  { ended, fields, learner, config }: Opened,
  signal: AbortSignal,
): Promise<Outcome | null> {
  if (!ended) return null;
  const { training, operation } = config;
  if (learner.step >= operation.steps)
    return { state: "ended", step: learner.step, reason: null, doubtFrom: null };
  if (training.until === null) return null;
  const ask = [messages.progress, messages.progressAnswer, subjects.evaluator.progress] as const;
  const { satisfied } = await askUntilAnswered(actor, ask, fields, signal);
  return satisfied === null ? null : { state: "ended", step: satisfied, reason: null, doubtFrom: null };
}

/**
 * Records the run's end. If the result is an earlier step, or steps are in doubt, later checkpoints are quarantined
 * first: the next open resumes before them.
 */
async function settle(
  actor: Actor,
  open: OpenOptions,
  fields: RunFields,
  outcome: Outcome,
  taken: number,
): Promise<RunFields> {
  const { state, step, reason, doubtFrom } = outcome;
  const before = doubtFrom ?? (state === "ended" && step < taken ? step + 1 : null);
  return patiently(actor, async (patience) => {
    if (doubtFrom !== null) {
      const ask = [messages.doubt, messages.done, subjects.evaluator.doubt] as const;
      const doubt = { ...fields, before: doubtFrom, excluded: [], suspects: [] };
      await askUntilAnswered(actor, ask, doubt, patience);
    }
    const held = before === null ? fields : (await openRun(actor, { ...open, before }, patience)).fields;
    const ask = [messages.setState, messages.done, subjects.evaluator.state] as const;
    const said = { ...held, state, reason: reason?.slice(0, textMax) ?? null };
    await askUntilAnswered(actor, ask, said, patience);
    actor.log.info("The run is over", { run: fields.run, state, step, reason });
    actor.journal.event(state, { step, reason });
    actor.journal.flush();
    return held;
  });
}

/** Does work with the evaluator that a stop must not interrupt, within a bounded time. */
async function patiently<T>(actor: Actor, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const patience = new AbortController();
  const cancel = actor.clock.after(settleMs, () =>
    patience.abort(new Error(`The evaluator did not answer within ${settleMs} ms`)),
  );
  try {
    return await work(patience.signal);
  } finally {
    cancel();
  }
}

/**
 * Announces that the run is over, so that trainers and data-envs become idle: every second until the signal aborts, or
 * once without a signal.
 */
async function announceTheEnd(
  actor: Actor,
  announced: Announced,
  { state, step, skipped, reason }: Outcome & { readonly skipped: number },
  signal: AbortSignal | null,
): Promise<void> {
  const bulletin = {
    state,
    step,
    skipped,
    fingerprint: null,
    trainers: 0,
    loss: null,
    stepsPerSecond: 0,
    waitsFor: reason,
  };
  const { messenger, clock, log } = actor;
  const herald = new Herald(actor, announced, () => bulletin, state);
  const { fields } = announced;
  if (!signal) return herald.announce();
  const announcing = herald.start();
  // The run may be resumed for more steps, or be removed and created again: another coordinator then owns its name.
  const heard = messenger.hear(messages.announce, subjects.announce, ({ run, coordinator }) => {
    if (run !== fields.run || coordinator === messenger.id) return;
    log.info("The run is another coordinator's now", { run, coordinator });
    announcing.stop();
    heard.stop();
  });
  while (!signal.aborted) await sleep(clock, 60_000, signal);
  announcing.stop();
  heard.stop();
}
