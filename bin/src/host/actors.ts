/** The actors of one process. Each can be stopped by itself; one that fails or ends unasked ends them all. */

import type { Role } from "@memnet/protocol";

interface Running {
  readonly role: Role;
  readonly stopping: AbortController;
  readonly ended: Promise<unknown>;
}

export class Actors {
  private readonly running: Running[] = [];
  private fail!: (error: Error) => void;
  /** Rejects once an actor fails or ends without being stopped. */
  readonly failure = new Promise<never>((_, reject) => {
    this.fail = reject;
  });

  constructor() {
    // The failure is not unhandled: `lead()` may not be waiting for it yet.
    this.failure.catch(() => {});
  }

  /** @param main the actor's whole life, which ends when its signal is aborted */
  start(role: Role, main: (signal: AbortSignal) => Promise<unknown>): void {
    const { signal } = this.add(role, main);
    void this.running.at(-1)!.ended.then(
      (code) => {
        if (!signal.aborted) this.fail(new Error(`The ${role} ended without being told to, with ${code}`));
      },
      (error: Error) => this.fail(error),
    );
  }

  /** Runs the actor whose end is the end of the work. @returns its result */
  async lead<T>(role: Role, main: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    const stopping = this.add(role, main);
    const stop = () => stopping.abort();
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    try {
      return await Promise.race([this.running.at(-1)!.ended as Promise<T>, this.failure]);
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  /** Stops the actors of these roles and waits until they have ended. */
  async stop(...roles: readonly Role[]): Promise<void> {
    const due = this.running.filter(({ role }) => roles.includes(role));
    for (const { stopping } of due) stopping.abort();
    await Promise.all(due.map(({ ended }) => ended));
  }

  private add(role: Role, main: (signal: AbortSignal) => Promise<unknown>): AbortController {
    const stopping = new AbortController();
    this.running.push({ role, stopping, ended: main(stopping.signal) });
    return stopping;
  }
}
