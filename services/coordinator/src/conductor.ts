/** Conducts one epoch of a run: receives the trainers' messages, lets the core decide, and carries out its effects. */

import {
  bodyBytesMax,
  floatsOf,
  messages,
  RefusedError,
  subjects,
  wireBranch,
  wireNode,
} from "@memnet/protocol";
import { stepLine } from "@memnet/runs";
import { type Actor, every, type StatusReport, type Subscription } from "@memnet/service";
import { bytesOf, Divergence, divergenceSteps, microBatchCount, type StepRecord } from "memnet";
import type { Arbiter } from "./arbiter.ts";
import { ArbiterQueue } from "./arbiter-queue.ts";
import { Broadcaster } from "./broadcaster.ts";
import { Core } from "./core/core.ts";
import type { Effect, Event, Leave } from "./core/events.ts";
import { askUntilAnswered } from "./evaluator-link.ts";
import { type Bulletin, Herald } from "./herald.ts";
import { Keeper } from "./keeper.ts";
import { Mailbox } from "./mailbox.ts";
import { coordinatorMetrics } from "./metrics.ts";
import type { Opened } from "./opening.ts";
import { type Back, FencedError, type Outcome } from "./outcome.ts";
import { StepTimer } from "./step-timer.ts";
import type { Updater } from "./updater.ts";

/** Interval of the core's ticks; short compared with a step, so that late nodes are reissued promptly. */
const tickMs = 20;
/** Interval at which the coordinator asks for evaluation progress while the answer can affect the run. */
const progressMs = 250;
const progressTimeoutMs = 5000;
/** How long a stopping coordinator waits for the evaluator to acknowledge the last snapshot before it gives up. */
const stopPatienceMs = 30_000;
/** How many steps a trainer that is alone may be ahead of the coordinator. */
const leadWindow = 8;
/** Events that need an operator's attention; they are logged as warnings. */
const alarming = new Set([
  "not-finite",
  "refused",
  "poisoned",
  "disputed",
  "quarantined",
  "strayed",
  "unsummed",
]);

type Begun = Extract<Effect, { kind: "broadcast" }>;

export interface ConductorDeps {
  readonly actor: Actor;
  readonly opened: Opened;
  readonly updater: Updater;
  /** Null if the coordinator cannot compute the run's bits itself. */
  readonly arbiter: Arbiter | null;
  /** Draws from [0, 1) which steps are audited. */
  readonly chance: () => number;
  /** Loss, in nats per sequence, of a model that only guesses. */
  readonly guessing: number;
}

export class Conductor {
  private readonly actor: Actor;
  private readonly opened: Opened;
  private readonly updater: Updater;
  private readonly divergence: Divergence;
  private readonly core: Core;
  private readonly keeper: Keeper;
  private readonly mailbox: Mailbox;
  private readonly herald: Herald;
  private readonly metrics;
  private readonly timer: StepTimer;
  private readonly ending = new AbortController();
  private readonly broadcaster: Broadcaster;
  /** Null if the coordinator cannot compute the run's bits itself. */
  private readonly arbiter: ArbiterQueue | null;
  /** Whether any step has made no update since this coordinator opened the run; the error is logged only once. */
  private skipping = false;
  private finish!: (outcome: Outcome | Back) => void;
  private fail!: (error: unknown) => void;
  private readonly outcome = new Promise<Outcome | Back>((resolve, reject) => {
    this.finish = resolve;
    this.fail = reject;
  });

  constructor({ actor, opened, updater, arbiter, chance, guessing }: ConductorDeps) {
    const { fields, config, learner, kept, skipped, fingerprint, audited, excluded, suspects } = opened;
    const { training, operation } = config;
    this.actor = actor;
    this.opened = opened;
    this.updater = updater;
    this.divergence = new Divergence(guessing);
    this.metrics = coordinatorMetrics(actor.metrics, fields.run, config);
    this.timer = new StepTimer(actor.clock);
    const bytes = bytesOf(learner.parameters).slice();
    this.broadcaster = new Broadcaster(actor, fields, bytes);
    this.core = new Core({
      ...operation,
      leaves: microBatchCount(training),
      until: training.until !== null,
      // On a local bus with one trainer, no second one can join, so the fingerprint need not wait for its opinion.
      ...(actor.messenger.bus.isLocal && operation.trainers === 1 ? { aloneMs: 0 } : {}),
      nonFinite: training.nonFinite,
      fingerprint,
      ownTask: training.task.sha256 === undefined ? null : training.task.name,
      step: learner.step,
      kept,
      skipped,
      parametersHash: this.broadcaster.parameters.hash,
      // One process gains nothing by it, and a large model's arithmetic takes so long that its messages do not matter.
      leadWindow: !actor.messenger.bus.isLocal && bytes.length <= bodyBytesMax ? leadWindow : 0,
      // Within one process a gradient is not even copied.
      branchesFrom: actor.messenger.bus.isLocal ? 0 : operation.branchesFrom,
      ...{ arbiter: arbiter !== null, chance, audited, excluded, suspects },
    });
    const dispatch = (event: Event) => this.dispatch(event);
    const { fail } = this;
    const asking = { actor, dispatch, fail, fingerprint: () => this.core.fingerprint };
    this.arbiter = arbiter && new ArbiterQueue({ ...asking, arbiter });
    this.keeper = new Keeper(actor, fields, this.ending.signal, (step) => {
      this.metrics.unkept.dec();
      this.metrics.kept(actor.clock.wall());
      dispatch({ kind: "acknowledged", step });
    });
    this.mailbox = new Mailbox({ actor, fields, gradientBytes: bytes.length, dispatch });
    this.herald = new Herald(actor, opened, () => this.bulletin());
    this.metrics.epoch.set(fields.epoch);
    this.metrics.step.set(learner.step);
    this.metrics.unkept.set(0);
    this.metrics.opened(actor.clock.wall());
    this.metrics.kept(actor.clock.wall());
    if (opened.interrupted) this.timer.noticed("coordinator");
    actor.messenger.bus.onReconnect(() => this.timer.noticed("nats"));
  }

  /** Trains until the run ends, stops, fails, goes back, or is taken over by another coordinator. */
  async run(signal: AbortSignal): Promise<Outcome | Back> {
    const { clock } = this.actor;
    const hearing = [...this.mailbox.open(), ...this.hear(), this.herald.start()];
    const timers = [
      every(clock, tickMs, () => this.dispatch({ kind: "tick" })),
      every(clock, progressMs, () => void this.askProgress()),
    ];
    const stop = () => timers.push(this.stop());
    signal.addEventListener("abort", stop, { once: true });
    if (this.opened.kept < 0) this.snapshot(this.core.step);
    if (signal.aborted) stop();
    try {
      return await this.outcome;
    } finally {
      signal.removeEventListener("abort", stop);
      for (const cancel of timers) cancel();
      for (const subscription of hearing) subscription.stop();
      this.ending.abort();
    }
  }

  /** Number of steps taken so far. */
  get step(): number {
    return this.core.step;
  }

  /** Number of steps that made no update. */
  get skipped(): number {
    return this.core.skipped;
  }

  /** Returns the status shown to the operator and on the run's page. */
  status(): StatusReport {
    const { waitsFor } = this.core;
    const { state, step, skipped, loss, stepsPerSecond } = this.bulletin();
    const { steps } = this.opened.config.operation;
    return {
      run: this.opened.fields.run,
      state,
      waitsFor: waitsFor?.why ?? null,
      waitsSeconds: waitsFor ? (this.actor.clock.now() - waitsFor.since) / 1000 : null,
      detail: {
        ...{
          epoch: this.opened.fields.epoch,
          step,
          steps,
          skipped,
          loss,
          stepsPerSecond,
          trainers: this.core.present,
          /** The last step that was computed twice; 0 if none was. */
          audited: this.core.audited,
          quarantined: this.core.excluded,
        },
        stepMs: this.timer.anatomy(),
      },
    };
  }

  private bulletin(): Bulletin {
    const { waitsFor, step, skipped, fingerprint, present, last } = this.core;
    this.metrics.present(present);
    return {
      state: waitsFor ? "waiting" : "training",
      step,
      skipped,
      fingerprint,
      trainers: present.length,
      loss: last?.loss ?? null,
      stepsPerSecond: this.timer.stepsPerSecond(),
      waitsFor: waitsFor?.why ?? null,
    };
  }

  /** Subscribes to messages from sources other than trainers. */
  private hear(): Subscription[] {
    const { messenger, log } = this.actor;
    const { run, epoch } = this.opened.fields;
    return [
      messenger.hear(messages.announce, subjects.announce, (said) => {
        if (said.run !== run || said.epoch <= epoch) return;
        this.fail(new FencedError(run, epoch, `coordinator ${said.coordinator} announces ${said.epoch}`));
      }),
      messenger.serve(messages.alive, messages.aliveAnswer, subjects.holder(messenger.id), (asked) =>
        asked.run === run
          ? { ok: true as const }
          : { ok: false as const, code: "RUN", message: `This one holds ${run}` },
      ),
      messenger.serve(messages.stop, messages.stopped, subjects.run(run).stop, async () => {
        log.info("Stopping on request");
        this.dispatch({ kind: "stop" });
        const outcome = await this.outcome;
        if (outcome.state !== "back") return { ok: true as const, state: outcome.state, step: outcome.step };
        return { ok: false as const, code: "BUSY", message: "The run is going back: ask again" };
      }),
    ];
  }

  /**
   * Begins to stop. The run fails if the evaluator does not acknowledge the last step in time.
   *
   * @returns a function that cancels this timeout
   */
  private stop(): () => void {
    this.actor.log.info("Stopping: the present step is kept first", { secondsMax: stopPatienceMs / 1000 });
    this.dispatch({ kind: "stop" });
    return this.actor.clock.after(stopPatienceMs, () => {
      const why = `the evaluator did not acknowledge it in ${stopPatienceMs} ms`;
      this.fail(new Error(`Cannot keep step ${this.core.step}: ${why}`));
    });
  }

  private dispatch(event: Event): void {
    for (const effect of this.core.handle(event, this.actor.clock.now())) this.perform(effect);
  }

  private perform(effect: Effect): void {
    const { messenger, journal } = this.actor;
    switch (effect.kind) {
      case "broadcast":
        this.begin(effect);
        return;
      case "assign":
        this.broadcaster.assign(effect, this.core.branches);
        return;
      case "admit": {
        const { step, nodes, token } = effect;
        const { fields, body } = this.broadcaster.payload();
        const { ownBatches } = this.core;
        const given = { nodes: nodes.map(wireNode), branches: this.core.branches.map(wireBranch) };
        this.mailbox.answer(token, { fields: { ok: true, step, ownBatches, ...given, ...fields }, body });
        return;
      }
      case "refuse":
        this.mailbox.answer(effect.token, { ok: false, code: effect.code, message: effect.message });
        return;
      case "forged":
        messenger.reject(effect.message, "IDENTITY", `It is not from trainer ${effect.trainer}`);
        return;
      case "add":
        this.timer.filled();
        this.take(effect).catch(this.fail);
        return;
      case "probe":
        this.arbiter!.probe();
        return;
      case "judge": {
        const { step, node } = effect;
        const { hash, bytes } = this.broadcaster.parameters;
        // Copied, since their buffer is used again.
        this.arbiter!.judge({ step, node, parameters: floatsOf(bytes.slice()) }, hash);
        return;
      }
      case "doubt":
        this.metrics.mismatches.inc();
        this.doubt(effect).catch(this.fail);
        return;
      case "back":
        this.finish({ state: "back", before: effect.before, reason: effect.reason });
        return;
      case "snapshot":
        this.snapshot(effect.step);
        return;
      case "fix":
        this.fix(effect.fingerprint).catch(this.fail);
        return;
      case "event":
        this.event(effect.event, effect.fields);
        this.count(effect.event);
        return;
      case "verdict":
        if (effect.verdict === "accepted") this.timer.answered();
        this.metrics.node(effect.verdict);
        return;
      case "reissue":
        this.metrics.reissued(effect.reason);
        return;
      case "end":
        if (effect.doubtFrom !== undefined) {
          this.metrics.mismatches.inc();
          journal.event("mismatch", { step: effect.doubtFrom, why: effect.reason });
        }
        this.finish({
          ...{ state: effect.state, step: effect.step, reason: effect.reason },
          doubtFrom: effect.doubtFrom ?? null,
        });
    }
  }

  /** Writes an event to metrics.jsonl and the log. */
  private event(event: string, fields: Readonly<Record<string, unknown>>): void {
    const { log, journal } = this.actor;
    log[alarming.has(event) ? "warn" : "info"](`Event: ${event}`, fields);
    journal.event(event, fields);
  }

  private count(event: string): void {
    if (event === "refused") this.metrics.refused.inc();
    if (event === "quarantined") this.metrics.quarantined.inc();
    if (event !== "lost") return;
    this.metrics.lost.inc();
    this.timer.noticed("trainer");
  }

  private begin(begun: Begun): void {
    this.timer.begin();
    const { lead } = begun;
    if (!lead) this.broadcaster.begin(begun, null, this.core);
    else if (lead.begins) this.letLead(begun, lead).catch(this.fail);
    else if (lead.told) this.broadcaster.begin(begun, { until: lead.until, learner: null }, this.core);
    this.timer.sent();
  }

  /** Gives leave with all that taking steps needs. The trainer begins the step with it, so no step is taken meanwhile. */
  private async letLead(begun: Begun, { until }: Leave): Promise<void> {
    const file = await this.updater.checkpoint();
    if (this.core.step + 1 !== begun.step) return;
    const learner = this.actor.messenger.blobs.offer("learner", file);
    this.broadcaster.begin(begun, { until, learner }, this.core);
  }

  private async take({ parts, check, audited }: Extract<Effect, { kind: "add" }>): Promise<void> {
    const { record, hash, parameters, sums, seconds: took } = await this.updater.take(parts, check);
    this.broadcaster.parameters = { hash, bytes: parameters };
    const { seconds, phases, recovered } = this.timer.end(took);
    const { step, loss, gradientNorm } = record;
    // Note the line before the dispatch, which may send it with a snapshot.
    this.keeper.note(stepLine({ step, loss, gradientNorm, seconds, audited: audited || undefined }));
    if (audited) this.metrics.audited(step);
    this.remark(record);
    this.dispatch({ kind: "updated", record, parametersHash: hash, sums });
    // Record metrics after the dispatch, while the trainers already compute the next step.
    this.metrics.taken(record, seconds, phases);
    for (const { fault, seconds } of recovered) {
      this.metrics.recovered(fault, seconds);
      this.event("recovered", { fault, seconds: Math.round(seconds * 1000) / 1000, step });
    }
  }

  /** Logs a non-finite or diverging loss once, as an error: a local run shows errors on the terminal. */
  private remark({ step, loss }: StepRecord): void {
    const { log, journal } = this.actor;
    if (loss === null) {
      if (!this.skipping) log.error(`Step ${step} made no update, since its loss or gradient is not finite`);
      this.skipping = true;
    } else if (this.divergence.note(loss)) {
      const bits = { loss: this.divergence.mean! / Math.LN2, guessing: this.divergence.guessing / Math.LN2 };
      log.error(
        `The loss diverges: it was ${bits.loss.toFixed(1)} bits in the ${divergenceSteps} steps up to step ${step}, and ` +
          `guessing gives ${bits.guessing.toFixed(1)}`,
      );
      journal.event("diverging", { step, lossBits: bits.loss, guessingBits: bits.guessing });
    }
  }

  /** Sends a snapshot. The updater handles calls in order, so the checkpoint is from exactly this step. */
  private snapshot(step: number): void {
    this.metrics.unkept.inc();
    this.keeper.keep(step, this.updater.checkpoint()).catch((error) => {
      if (!this.ending.signal.aborted) this.fail(error);
    });
  }

  private async doubt({ before, excluded, suspects }: Extract<Effect, { kind: "doubt" }>): Promise<void> {
    const ask = [messages.doubt, messages.done, subjects.evaluator.doubt] as const;
    const question = { ...this.opened.fields, before, excluded: [...excluded], suspects: [...suspects] };
    await askUntilAnswered(this.actor, ask, question, this.ending.signal);
    this.dispatch({ kind: "doubted" });
  }

  private async fix(fingerprint: string): Promise<void> {
    const ask = [messages.fixFingerprint, messages.done, subjects.evaluator.fingerprint] as const;
    await askUntilAnswered(this.actor, ask, { ...this.opened.fields, fingerprint }, this.ending.signal);
    this.dispatch({ kind: "fixed", fingerprint });
    this.herald.announce();
  }

  /**
   * Asks for evaluation progress if the answer can affect what the run does next. A coordinator that waits for anything
   * also asks, because the answer may reveal that it is fenced.
   */
  private async askProgress(): Promise<void> {
    const { training, operation } = this.opened.config;
    if (training.until === null && this.core.step < operation.steps && !this.core.waitsFor) return;
    const { messenger, log } = this.actor;
    const { progress, progressAnswer } = messages;
    const subject = subjects.evaluator.progress;
    try {
      const { fields } = await messenger.ask(
        progress,
        progressAnswer,
        subject,
        this.opened.fields,
        progressTimeoutMs,
      );
      const { kept, pending, satisfied, failure } = fields;
      this.dispatch({ kind: "progress", kept, pending, satisfied, failure });
    } catch (error) {
      if (error instanceof RefusedError && error.code === "EPOCH") this.fail(error);
      log.debug("Cannot ask how far the evaluations are", { error: String(error) });
    }
  }
}
