/** One epoch of a run: hears the trainers, lets the core decide, and does what it says. */

import {
  type Fields,
  floatsOf,
  messages,
  type RunFields,
  type RunState,
  subjects,
  type WireNode,
} from "@memnet/protocol";
import { type Actor, type Answer, every, type Subscription } from "@memnet/service";
import { bytesOf, microBatchCount, type RunConfig, type TreeNode } from "memnet";
import { Core } from "./core/core.ts";
import type { Effect, Event } from "./core/events.ts";
import { askUntilAnswered } from "./evaluator-link.ts";
import { Keeper } from "./keeper.ts";
import { coordinatorMetrics } from "./metrics.ts";
import { type Opened, wireConfig } from "./opening.ts";
import { FencedError, type Outcome } from "./outcome.ts";
import { Pace } from "./pace.ts";
import type { Updater } from "./updater.ts";

/** Short against a step, so that late nodes are soon given to others. */
const tickMs = 20;
const announceMs = 1000;
/** How often the evaluator is asked how far it is, while that can matter. */
const progressMs = 250;
/** How long a stopping coordinator waits for the evaluator before it gives up what is not acknowledged. */
const stopPatienceMs = 30_000;
/** Trainers ask for batches of so many steps ahead. */
const stepsAhead = 2;

export class Conductor {
  private readonly actor: Actor;
  private readonly fields: RunFields;
  private readonly config: RunConfig;
  private readonly updater: Updater;
  private readonly core: Core;
  private readonly keeper: Keeper;
  private readonly metrics;
  private readonly pace: Pace;
  private readonly subjects;
  private readonly ending = new AbortController();
  private readonly tokens = new Map<number, (answer: JoinAnswer) => void>();
  private parameters: { hash: string; bytes: Uint8Array };
  private nextToken = 0;
  private told: RunState | undefined;
  private finish!: (outcome: Outcome) => void;
  private fail!: (error: unknown) => void;

  constructor(actor: Actor, opened: Opened, updater: Updater) {
    this.actor = actor;
    this.fields = opened.fields;
    this.config = opened.config;
    this.updater = updater;
    this.metrics = coordinatorMetrics(actor.metrics);
    this.pace = new Pace(actor.clock);
    this.subjects = subjects.run(opened.fields.run);
    const bytes = bytesOf(opened.learner.parameters).slice();
    this.parameters = { ...actor.messenger.payload("parameters", bytes).fields, bytes };
    const { training, operation } = opened.config;
    this.core = new Core({
      leaves: microBatchCount(training),
      steps: operation.steps,
      checkpointEvery: operation.checkpointEvery,
      evaluateEvery: operation.evaluateEvery,
      until: training.until !== null,
      nonFinite: training.nonFinite,
      relaxed: operation.relaxed,
      fingerprint: opened.fingerprint,
      step: opened.learner.step,
      kept: opened.kept,
      parameters: this.parameters.hash,
    });
    this.keeper = new Keeper(actor, this.fields, this.ending.signal, (step) =>
      this.dispatch({ kind: "acknowledged", step }),
    );
    this.metrics.epoch.set(opened.fields.epoch);
    this.metrics.step.set(opened.learner.step);
  }

  /** Trains until the run ends, stops, fails, or is taken by another coordinator. */
  async run(signal: AbortSignal): Promise<Outcome> {
    const { clock, messenger } = this.actor;
    const over = new Promise<Outcome>((resolve, reject) => {
      this.finish = resolve;
      this.fail = reject;
    });
    const hearing = this.hear();
    const timers = [
      every(clock, tickMs, () => this.dispatch({ kind: "tick" })),
      every(clock, announceMs, () => this.announce()),
      every(clock, progressMs, () => void this.askProgress()),
    ];
    const stop = () => {
      this.actor.log.info("Stopping: the present step is kept first", { secondsMax: stopPatienceMs / 1000 });
      const giveUp = clock.after(stopPatienceMs, () =>
        this.fail(
          new Error(
            `Cannot keep step ${this.core.step}: the evaluator did not acknowledge it in ${stopPatienceMs} ms`,
          ),
        ),
      );
      timers.push(giveUp);
      this.dispatch({ kind: "stop" });
    };
    signal.addEventListener("abort", stop, { once: true });
    messenger.bus.onReconnect(() => this.announce());
    if (this.core.step === 0) this.snapshot(0);
    this.announce();
    if (signal.aborted) stop();
    try {
      return await over;
    } finally {
      signal.removeEventListener("abort", stop);
      for (const cancel of timers) cancel();
      for (const subscription of hearing) subscription.stop();
      this.ending.abort();
    }
  }

  /** Steps taken. */
  get step(): number {
    return this.core.step;
  }

  /** For the operator. */
  status() {
    const { waitsFor } = this.core;
    return {
      run: this.fields.run,
      state: waitsFor ? "waiting" : "training",
      waitsFor: waitsFor?.why ?? null,
      waitsSeconds: waitsFor ? (this.actor.clock.now() - waitsFor.since) / 1000 : null,
      detail: {
        epoch: this.fields.epoch,
        step: this.core.step,
        steps: this.config.operation.steps,
        loss: this.core.last?.loss ?? null,
        stepsPerSecond: this.pace.stepsPerSecond(),
        trainers: this.core.present,
      },
    };
  }

  private hear(): Subscription[] {
    const { messenger } = this.actor;
    const { run, epoch } = this.fields;
    return [
      messenger.serve(messages.join, messages.joined, this.subjects.join, (fields) => {
        if (!this.isMine("join", fields)) return stale(fields.epoch, epoch);
        return new Promise<JoinAnswer>((resolve) => {
          const token = this.nextToken++;
          this.tokens.set(token, resolve);
          this.dispatch({
            kind: "join",
            token,
            trainer: fields.trainer,
            machine: fields.machine,
            fingerprints: fields.fingerprints,
          });
        });
      }),
      messenger.hear(messages.heartbeat, this.subjects.heartbeat, (fields) => {
        if (!this.isMine("heartbeat", fields)) return;
        this.dispatch({
          kind: "heartbeat",
          trainer: fields.trainer,
          step: fields.step,
          nodes: fields.nodes.map(treeNode),
        });
      }),
      messenger.hear(messages.goodbye, this.subjects.goodbye, (fields) => {
        if (this.isMine("goodbye", fields)) this.dispatch({ kind: "goodbye", trainer: fields.trainer });
      }),
      messenger.hear(messages.result, this.subjects.result, (fields, body) => {
        if (this.isMine("result", fields))
          this.heardResult(fields, body).catch((error) => this.badResult(error));
      }),
      messenger.hear(messages.hello, subjects.hello, () => this.announce()),
      messenger.hear(messages.announce, subjects.announce, (fields) => {
        if (fields.run === run && fields.epoch > epoch) {
          this.fail(
            new FencedError(run, epoch, `coordinator ${fields.coordinator} announces ${fields.epoch}`),
          );
        }
      }),
      messenger.serve(messages.alive, messages.aliveAnswer, subjects.holder(messenger.id), (asked) =>
        asked.run === run
          ? { ok: true as const }
          : { ok: false as const, code: "RUN", message: `This one holds ${run}` },
      ),
      messenger.serve(messages.stop, messages.stopped, this.subjects.stop, () => {
        this.actor.log.info("Told to stop");
        this.dispatch({ kind: "stop" });
        return { ok: true as const, step: this.core.step };
      }),
    ];
  }

  /** Messages of another epoch or configuration are counted and dropped. */
  private isMine(kind: string, { epoch, training }: RunFields): boolean {
    if (epoch === this.fields.epoch && training === this.fields.training) return true;
    this.actor.messenger.reject(kind, "EPOCH", `Its epoch must be ${this.fields.epoch}, got ${epoch}`);
    return false;
  }

  private async heardResult(fields: ResultFields, body: Uint8Array): Promise<void> {
    const bytes = await this.actor.messenger.received(fields, body);
    const gradient = floatsOf(bytes).slice();
    if (gradient.byteLength !== this.parameters.bytes.byteLength) {
      const rule = `a gradient has ${this.parameters.bytes.byteLength} bytes, got ${gradient.byteLength}`;
      this.actor.messenger.reject("result", "SIZE", rule);
      return;
    }
    const { trainer, machine, step, parameters, batches, nonFinite, attempt, loss, hash } = fields;
    this.metrics.compute.observe(fields.computeMs / 1000);
    this.dispatch({
      kind: "result",
      result: {
        trainer,
        machine,
        step,
        node: treeNode(fields.node),
        parameters,
        batches,
        // The loss is a result as well: it must have the same bits too.
        hash: `${hash}:${loss}`,
        nonFinite,
        attempt,
        sum: { gradient, loss },
      },
    });
  }

  private badResult(error: unknown): void {
    this.actor.messenger.reject("result", "BODY", String(error));
  }

  private dispatch(event: Event): void {
    for (const effect of this.core.handle(event, this.actor.clock.now())) this.perform(effect);
  }

  private perform(effect: Effect): void {
    const { messenger, log, journal } = this.actor;
    switch (effect.kind) {
      case "broadcast": {
        this.pace.begin();
        const { fields, body } = messenger.payload("parameters", this.parameters.bytes, this.parameters.hash);
        const assignments = effect.assignments.map(({ trainer, nodes }) => ({
          trainer,
          nodes: nodes.map(wireNode),
        }));
        const message = { ...this.fields, step: effect.step, ...fields, assignments, ahead: stepsAhead };
        messenger.send(messages.step, this.subjects.step, message, body);
        return;
      }
      case "assign": {
        const { step, trainer, nodes, attempt } = effect;
        const { hash } = this.parameters;
        const message = { ...this.fields, step, hash, trainer, nodes: nodes.map(wireNode), attempt };
        messenger.send(messages.assign, subjects.assign(trainer), message);
        return;
      }
      case "admit": {
        const { fields, body } = messenger.payload("parameters", this.parameters.bytes, this.parameters.hash);
        const { step, nodes } = effect;
        this.answer(effect.token, {
          fields: { ok: true, step, nodes: nodes.map(wireNode), ...fields },
          body,
        });
        return;
      }
      case "refuse":
        this.answer(effect.token, { ok: false, code: effect.code, message: effect.message });
        return;
      case "add":
        this.take(effect.parts).catch(this.fail);
        return;
      case "snapshot":
        this.snapshot(effect.step);
        return;
      case "fix":
        this.fix(effect.fingerprint).catch(this.fail);
        return;
      case "event": {
        const level =
          effect.event === "not-finite" || effect.event === "refused" || effect.event === "poisoned"
            ? "warn"
            : "info";
        log[level](`Event: ${effect.event}`, effect.fields);
        journal.event(effect.event, effect.fields);
        return;
      }
      case "verdict":
        this.metrics.nodes.inc({ result: effect.verdict });
        return;
      case "reissue":
        this.metrics.reissues.inc({ reason: effect.reason });
        return;
      case "end":
        this.finish({ state: effect.state, step: effect.step, reason: effect.reason });
    }
  }

  private answer(token: number, answer: JoinAnswer): void {
    this.tokens.get(token)?.(answer);
    this.tokens.delete(token);
  }

  private async take(parts: Parameters<Updater["take"]>[0]): Promise<void> {
    const { record, hash, parameters } = await this.updater.take(parts);
    this.parameters = { hash, bytes: parameters };
    const seconds = this.pace.end();
    this.metrics.taken(record, seconds, this.config.training.sequencesPerStep);
    const { step, loss, gradientNorm } = record;
    this.keeper.note(JSON.stringify({ kind: "step", step, loss, gradientNorm, seconds }));
    this.dispatch({ kind: "updated", record, parameters: hash });
  }

  private snapshot(step: number): void {
    this.keeper.keep(step, this.updater.checkpoint()).catch((error) => {
      if (!this.ending.signal.aborted) this.fail(error);
    });
  }

  private async fix(fingerprint: string): Promise<void> {
    const ask = [messages.fixFingerprint, messages.done, subjects.evaluator.fingerprint] as const;
    await askUntilAnswered(this.actor, ask, { ...this.fields, fingerprint }, this.ending.signal);
    this.dispatch({ kind: "fixed", fingerprint });
    this.announce();
  }

  /** Only where an answer can change what is done next. */
  private async askProgress(): Promise<void> {
    const { training, operation } = this.config;
    if (training.until === null && this.core.step < operation.steps) return;
    try {
      const { fields } = await this.actor.messenger.ask(
        messages.progress,
        messages.progressAnswer,
        subjects.evaluator.progress,
        this.fields,
        5000,
      );
      const { kept, pending, satisfied } = fields;
      this.dispatch({ kind: "progress", kept, pending, satisfied });
    } catch (error) {
      this.actor.log.debug("Cannot ask how far the evaluations are", { error: String(error) });
    }
  }

  /** The run's folder says whether it trains; what does not arrive is said again with the next announcement. */
  private async tellState(state: RunState, reason: string | null): Promise<void> {
    if (state === this.told) return;
    this.told = state;
    try {
      const message = { ...this.fields, state, reason };
      await this.actor.messenger.ask(
        messages.setState,
        messages.done,
        subjects.evaluator.state,
        message,
        5000,
      );
    } catch (error) {
      this.told = undefined;
      this.actor.log.debug("Cannot tell the evaluator the run's state", { error: String(error) });
    }
  }

  private announce(): void {
    const { messenger, machine } = this.actor;
    const { waitsFor } = this.core;
    const state = waitsFor ? "waiting" : "training";
    void this.tellState(state, waitsFor?.why ?? null);
    this.metrics.trainers.set(this.core.present.length);
    messenger.send(messages.announce, subjects.announce, {
      ...this.fields,
      coordinator: messenger.id,
      machine,
      config: wireConfig(this.config),
      state,
      step: this.core.step,
      fingerprint: this.core.fingerprint,
      trainers: this.core.present.length,
      loss: this.core.last?.loss ?? null,
      stepsPerSecond: this.pace.stepsPerSecond(),
      waitsFor: waitsFor?.why ?? null,
    });
  }
}

type JoinAnswer = Answer<Fields<typeof messages.joined>>;
type ResultFields = Fields<typeof messages.result>;

function treeNode([lo, hi]: WireNode): TreeNode {
  return { lo, hi };
}

function wireNode({ lo, hi }: TreeNode): WireNode {
  return [lo, hi];
}

function stale(got: number, epoch: number) {
  return { ok: false as const, code: "EPOCH", message: `The run's epoch is ${epoch}, got ${got}` };
}
