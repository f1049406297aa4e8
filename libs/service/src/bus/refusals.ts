/** What the server does not let this process do: a wrong user, or permissions that lack something. */

import type { Clock } from "../clock.ts";
import type { PermissionError } from "./bus.ts";

/** What is tried at all is tried again within this time, but for a hello. */
const lastingMs = 60_000;

/** The same refusal is logged so often; each try is counted. */
const sayEveryMs = 60_000;

/** Subjects come with actors' ids, so there is no end of them. */
const keptMax = 100;

interface Kept {
  readonly error: PermissionError;
  readonly at: number;
  readonly saidAt: number;
}

export class Refusals {
  private readonly clock: Clock;
  /** By what was refused, the newest last. */
  private readonly kept = new Map<string, Kept>();
  /** Begin subscriptions anew that their refusal has ended. */
  private readonly subscriptions = new Set<() => void>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** The newest that still holds, for people; null where nothing is refused. */
  get current(): string | null {
    const newest = [...this.kept.values()].at(-1);
    return newest && this.clock.now() - newest.at < lastingMs ? newest.error.message : null;
  }

  /** Takes a refusal down. @returns whether it is time to log it */
  note(error: PermissionError): boolean {
    const key = `${error.action} ${error.subject}`;
    const at = this.clock.now();
    const before = this.kept.get(key);
    const say = !before || at - before.saidAt >= sayEveryMs;
    this.kept.delete(key);
    this.kept.set(key, { error, at, saidAt: say ? at : before.saidAt });
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= keptMax) break;
      this.kept.delete(oldest);
    }
    return say;
  }

  /** A subscription that was refused, to be tried again. */
  ended(begin: () => void): void {
    this.subscriptions.add(begin);
  }

  /** Nobody wants that subscription any more. */
  givenUp(begin: () => void): void {
    this.subscriptions.delete(begin);
  }

  /** A server's permissions can be mended while its clients stay. */
  tryAgain(): void {
    const again = [...this.subscriptions];
    this.subscriptions.clear();
    for (const begin of again) begin();
  }

  /** Another connection, perhaps to a server that permits it. */
  reconnected(): void {
    this.kept.clear();
    this.tryAgain();
  }
}
