/** Actors of one process: each is told to stop by itself, and one that ends unasked ends them all. */

import type { Role } from "@memnet/protocol";

interface Running {
  readonly role: Role;
  readonly stopping: AbortController;
  readonly ended: Promise<unknown>;
}

export class Actors {
  private readonly running: Running[] = [];
  private fail!: (error: Error) => void;
  /** Rejects once an actor fails, or ends without being told to. */
  readonly failure = new Promise<never>((_, reject) => {
    this.fail = reject;
  });

  constructor() {
    // Whoever races against it may have come first.
    this.failure.catch(() => {});
  }

  /** @param main an actor's whole life, until its signal is given */
  start(role: Role, main: (signal: AbortSignal) => Promise<unknown>): void {
    const { signal } = this.add(role, main);
    void this.running.at(-1)!.ended.then(
      (code) => {
        if (!signal.aborted) this.fail(new Error(`The ${role} ended without being told to, with ${code}`));
      },
      (error: Error) => this.fail(error),
    );
  }

  /** An actor whose end is the end of the work. @returns what its life gives */
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

  /** Stops the actors of these roles, and waits for their ends. */
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
