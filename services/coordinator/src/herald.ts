/** Announces the run's state: to all actors every second, and to the evaluator, which stores it, when it changes. */

import { messages, type RunFields, type RunState, subjects } from "@memnet/protocol";
import { type Actor, every, Rates, type Subscription, throttled } from "@memnet/service";
import type { RunConfig } from "memnet";
import { wireConfig } from "./opening.ts";

const announceMs = 1000;
const answerTimeoutMs = 5000;

/** An actor that starts waits no longer than this, however many others start or pretend to. */
const helloMs = 100;
/** A cluster's actors may all start in the same second. */
const hellos = { all: { perSecond: 1000, burst: 4000 } };

/** The run's state at one moment. */
export interface Bulletin {
  readonly state: RunState;
  readonly step: number;
  /** Number of steps that made no update. */
  readonly skipped: number;
  readonly fingerprint: string | null;
  readonly trainers: number;
  readonly loss: number | null;
  readonly stepsPerSecond: number;
  readonly waitsFor: string | null;
}

/** What does not change while the run is announced. */
export interface Announced {
  readonly fields: RunFields;
  readonly config: RunConfig;
  /** Whether trainers may join that do not ask for this run by name. */
  readonly joinable: boolean;
}

export class Herald {
  private readonly actor: Actor;
  private readonly fields: RunFields;
  private readonly config: RunConfig;
  private readonly joinable: boolean;
  private readonly bulletin: () => Bulletin;
  /** The state last sent to the evaluator. */
  private told: RunState | undefined;
  private stopped = false;

  /** @param told the state that the evaluator knows already */
  constructor(
    actor: Actor,
    { fields, config, joinable }: Announced,
    bulletin: () => Bulletin,
    told?: RunState,
  ) {
    this.told = told;
    this.actor = actor;
    this.fields = fields;
    this.config = config;
    this.joinable = joinable;
    this.bulletin = bulletin;
  }

  /** Announces now, every second, after a reconnect, and soon after a new actor says hello. */
  start(): Subscription {
    const { messenger, clock } = this.actor;
    const cancel = every(clock, announceMs, () => this.announce());
    const greeting = throttled(clock, helloMs, () => this.announce());
    const rates = new Rates(clock, hellos);
    const heard = messenger.hear(messages.hello, subjects.hello, ({ id }) => {
      if (rates.take(id)) greeting.call();
      else messenger.reject("hello", "RATE", `More than ${hellos.all.perSecond} a second`);
    });
    messenger.bus.onReconnect(() => this.announce());
    this.announce();
    return {
      stop: () => {
        this.stopped = true;
        cancel();
        greeting.stop();
        heard.stop();
      },
    };
  }

  announce(): void {
    if (this.stopped) return;
    const { messenger, machine } = this.actor;
    const bulletin = this.bulletin();
    messenger.send(messages.announce, subjects.announce, {
      ...this.fields,
      coordinator: messenger.id,
      machine,
      config: wireConfig(this.config),
      joinable: this.joinable,
      ...bulletin,
    });
    void this.tell(bulletin.state, bulletin.waitsFor);
  }

  /** Sends a changed state to the evaluator. If that fails, the next announcement tries again. */
  private async tell(state: RunState, reason: string | null): Promise<void> {
    if (state === this.told) return;
    this.told = state;
    const { messenger, log } = this.actor;
    try {
      const message = { ...this.fields, state, reason };
      const { setState, done } = messages;
      await messenger.ask(setState, done, subjects.evaluator.state, message, answerTimeoutMs);
    } catch (error) {
      this.told = undefined;
      log.debug("Cannot tell the evaluator the run's state", { error: String(error) });
    }
  }
}
