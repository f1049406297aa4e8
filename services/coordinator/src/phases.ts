/** Where a step's time goes: marks at the turns of a step by this process's clock, read off when it is taken. */

import type { Clock } from "@memnet/service";
import type { UpdaterSeconds } from "./updater.ts";

/** Those that follow one another. */
export const stepPhases = ["wait", "add", "update", "send"] as const;

/** Of one step, in seconds. What is left of it is on the way to the updater's thread and back. */
export interface StepPhases {
  /** Hashing, encoding and publishing the parameters. */
  readonly send: number;
  /** From then until the root is filled, and of that until the first result that counts. */
  readonly wait: number;
  readonly firstResult: number;
  readonly add: number;
  readonly update: number;
}

/** Means over the last steps, for whoever watches, in milliseconds; `rest` is what no phase tells of. */
export interface StepAnatomy extends Readonly<Record<(typeof stepPhases)[number] | "rest", number>> {
  readonly steps: number;
  readonly whole: number;
}

/** Null where no step was taken lately. */
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

  /** The broadcast begins. */
  begin(): void {
    this.begunAt = this.clock.now();
    this.answeredAt = null;
  }

  sent(): void {
    this.sentAt = this.clock.now();
  }

  /** A result was accepted; the first of a step counts. */
  answered(): void {
    this.answeredAt ??= this.clock.now();
  }

  /** The root is filled. */
  filled(): void {
    this.filledAt = this.clock.now();
  }

  /** The step is taken. */
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
