/** Measures where a step's time goes, by marking the transitions between its phases on this process's clock. */

import type { Clock } from "@memnet/service";
import type { UpdaterSeconds } from "./updater.ts";

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

/** Means over recent steps, in milliseconds, for status reports; `rest` is the time outside all phases. */
export interface StepAnatomy extends Readonly<Record<(typeof stepPhases)[number] | "rest", number>> {
  readonly steps: number;
  readonly whole: number;
}

/** Averages recent steps; null if there are none. */
export function anatomyOf(
  steps: readonly { readonly seconds: number; readonly phases: StepPhases }[],
): StepAnatomy | null {
  if (steps.length === 0) return null;
  const mean = (of: (step: (typeof steps)[number]) => number) =>
    (1000 * steps.reduce((sum, step) => sum + of(step), 0)) / steps.length;
  const whole = mean(({ seconds }) => seconds);
  const [wait, add, update, send] = stepPhases.map((name) => mean(({ phases }) => phases[name]));
  const rest = Math.max(0, whole - wait! - add! - update! - send!);
  return { steps: steps.length, whole, wait: wait!, add: add!, update: update!, send: send!, rest };
}

export class Phases {
  private readonly clock: Clock;
  private begunAt = 0;
  private sentAt = 0;
  private answeredAt: number | null = null;
  private filledAt = 0;

  constructor(clock: Clock) {
    this.clock = clock;
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

  /** Ends the step and returns its phases. */
  end({ add, update, hash }: UpdaterSeconds): StepPhases {
    const answeredAt = this.answeredAt ?? this.filledAt;
    return {
      send: (this.sentAt - this.begunAt) / 1000 + hash,
      wait: (this.filledAt - this.sentAt) / 1000,
      firstResult: (answeredAt - this.sentAt) / 1000,
      add,
      update,
    };
  }
}
