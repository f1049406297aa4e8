/** Measures how long a run's steps and their phases take, and how long the run takes to recover from a fault. */

import type { Clock } from "@memnet/service";
import type { UpdaterSeconds } from "./updater.ts";

/** Rates and means cover the steps of this many milliseconds, or the last two steps if they took longer. */
const windowMs = 5000;

/** A trainer went silent, an earlier coordinator was interrupted, or the connection to NATS was lost. */
export const faults = ["trainer", "coordinator", "nats"] as const;
export type Fault = (typeof faults)[number];

/** The consecutive phases, without the overlapping `firstResult`. */
export const stepPhases = ["wait", "add", "update", "send"] as const;

/**
 * Durations of one step's phases, in seconds. The remainder of the step is spent on the way to the updater's thread and
 * back.
 */
export interface StepPhases {
  /** Hashing, encoding and publishing the parameters. */
  readonly send: number;
  /** From publishing the parameters until the root is filled; `firstResult` ends at the first result that counts. */
  readonly wait: number;
  readonly firstResult: number;
  readonly add: number;
  readonly update: number;
}

export interface StepTimes {
  /** From the step's broadcast to its update, rounded to the microsecond. */
  readonly seconds: number;
  readonly phases: StepPhases;
  /** The faults that this step ended, and the time from noticing each. */
  readonly recovered: readonly { readonly fault: Fault; readonly seconds: number }[];
}

/** Means over recent steps, in milliseconds, for status reports; `rest` is the time outside all phases. */
export interface StepAnatomy extends Readonly<Record<(typeof stepPhases)[number] | "rest", number>> {
  readonly steps: number;
  readonly whole: number;
}

export class StepTimer {
  private readonly clock: Clock;
  private readonly recent: { readonly at: number; readonly times: StepTimes }[] = [];
  /** When each open fault was noticed; of several of one kind, the first counts. */
  private readonly open = new Map<Fault, number>();
  private begunAt = 0;
  private sentAt = 0;
  private answeredAt: number | null = null;
  private filledAt = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  noticed(fault: Fault): void {
    if (!this.open.has(fault)) this.open.set(fault, this.clock.now());
  }

  /** Marks the start of the broadcast. */
  begin(): void {
    this.begunAt = this.clock.now();
    this.answeredAt = null;
  }

  sent(): void {
    this.sentAt = this.clock.now();
  }

  /** Marks an accepted result; only the first of a step counts. */
  answered(): void {
    this.answeredAt ??= this.clock.now();
  }

  /** Marks the root as filled. */
  filled(): void {
    this.filledAt = this.clock.now();
  }

  /** Marks the step as taken. */
  end({ add, update, hash }: UpdaterSeconds): StepTimes {
    const now = this.clock.now();
    const between = (from: number, to: number) => (to - from) / 1000;
    const times = {
      seconds: Math.round((now - this.begunAt) * 1000) / 1e6,
      phases: {
        send: between(this.begunAt, this.sentAt) + hash,
        wait: between(this.sentAt, this.filledAt),
        firstResult: between(this.sentAt, this.answeredAt ?? this.filledAt),
        add,
        update,
      },
      recovered: [...this.open].map(([fault, since]) => ({ fault, seconds: between(since, now) })),
    };
    this.open.clear();
    this.recent.push({ at: now, times });
    this.forget(now);
    return times;
  }

  /** Returns 0 before two steps were taken, and again once no step has followed for too long. */
  stepsPerSecond(): number {
    const now = this.clock.now();
    this.forget(now);
    const [first] = this.recent;
    const last = this.recent.at(-1);
    if (!first || !last || last.at <= first.at) return 0;
    const stepMs = (last.at - first.at) / (this.recent.length - 1);
    return now - last.at > Math.max(windowMs, 2 * stepMs) ? 0 : 1000 / stepMs;
  }

  /** Averages recent steps; null if there are none. */
  anatomy(): StepAnatomy | null {
    this.forget(this.clock.now());
    const steps = this.recent.length;
    if (steps === 0) return null;
    const mean = (of: (times: StepTimes) => number) =>
      (1000 * this.recent.reduce((sum, { times }) => sum + of(times), 0)) / steps;
    const whole = mean(({ seconds }) => seconds);
    const [wait, add, update, send] = stepPhases.map((name) => mean(({ phases }) => phases[name]));
    const rest = Math.max(0, whole - wait! - add! - update! - send!);
    return { steps, whole, wait: wait!, add: add!, update: update!, send: send!, rest };
  }

  private forget(now: number): void {
    while (this.recent.length > 2 && this.recent[0]!.at < now - windowMs) this.recent.shift();
  }
}
