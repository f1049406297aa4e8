/** Tracks what the server forbids this process to do, because the user is wrong or lacks permissions. */

import type { Clock } from "../clock.ts";
import { keep } from "../kept.ts";
import type { PermissionError } from "./bus.ts";

/** How long a refusal counts as current. Apart from hellos, every action is retried within this time. */
const lastingMs = 60_000;

/** How often the same refusal is logged; every attempt is counted. */
const sayEveryMs = 60_000;

/** Limit of refusals kept. Subjects contain actor IDs, so their number is unbounded. */
const keptMax = 100;

interface Kept {
  readonly error: PermissionError;
  readonly at: number;
  readonly saidAt: number;
}

export class Refusals {
  private readonly clock: Clock;
  /** Refusals by action and subject, newest last. */
  private readonly kept = new Map<string, Kept>();
  /** Functions that restart the subscriptions which a refusal has ended. */
  private readonly subscriptions = new Set<() => void>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** The newest refusal that is still current, as human-readable text; null if there is none. */
  get current(): string | null {
    const newest = [...this.kept.values()].at(-1);
    return newest && this.clock.now() - newest.at < lastingMs ? newest.error.message : null;
  }

  /**
   * Records a refusal.
   *
   * @returns whether it is time to log it
   */
  note(error: PermissionError): boolean {
    const key = `${error.action} ${error.subject}`;
    const at = this.clock.now();
    const before = this.kept.get(key);
    const say = !before || at - before.saidAt >= sayEveryMs;
    keep(this.kept, key, { error, at, saidAt: say ? at : before.saidAt }, keptMax);
    return say;
  }

  /** Registers a refused subscription, which tryAgain() restarts. */
  ended(begin: () => void): void {
    this.subscriptions.add(begin);
  }

  /** Forgets a subscription that is no longer wanted. */
  givenUp(begin: () => void): void {
    this.subscriptions.delete(begin);
  }

  /** Restarts the refused subscriptions: a server's permissions can be fixed while its clients stay connected. */
  tryAgain(): void {
    const again = [...this.subscriptions];
    this.subscriptions.clear();
    for (const begin of again) begin();
  }

  /** Forgets all refusals after a reconnect, since the new server may permit the actions. */
  reconnected(): void {
    this.kept.clear();
    this.tryAgain();
  }
}
