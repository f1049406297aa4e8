/**
 * One simulated process. Everything from outside passes through here: it is held back while the process sleeps, and
 * lost once the process is dead.
 */

import type { Role } from "@memnet/protocol";
import type { Clock } from "@memnet/service";
import type { Timeline } from "./timeline.ts";

/** The simulation's start time. It appears in names and log lines, but nothing compares it. */
const beginning = Date.UTC(2026, 0, 1);

export class Process {
  readonly role: Role;
  /** Letters and digits; also the actor's id. */
  readonly id: string;
  readonly clock: Clock;
  readonly stopping = new AbortController();
  state: "running" | "paused" | "dead" = "running";
  /** Whether it works wrongly: a data-env makes wrong batches, a trainer that leads takes wrong steps. */
  spoils = false;
  private readonly timeline: Timeline;
  private held: (() => void)[] = [];

  /**
   * @param clockMs its clock's time at the simulation's start: no two processes count from the same moment
   * @param wallMs  the error of its machine's time of day
   */
  constructor(timeline: Timeline, role: Role, id: string, clockMs = 0, wallMs = 0) {
    this.timeline = timeline;
    this.role = role;
    this.id = id;
    this.clock = {
      now: () => clockMs + timeline.now,
      wall: () => beginning + Math.floor(wallMs + timeline.now),
      after: (ms, callback) => {
        // A timer that expired while the process slept can still be cancelled once the process is awake.
        let cancelled = false;
        const cancel = timeline.after(ms, () => this.enter(() => cancelled || callback()));
        return () => {
          cancelled = true;
          cancel();
        };
      },
    };
  }

  enter(work: () => void): void {
    if (this.state === "running") work();
    else if (this.state === "paused") this.held.push(work);
  }

  /** Waits for some time; never resolves once the process is dead. */
  spend(ms: number): Promise<void> {
    return new Promise((resolve) => this.clock.after(ms, resolve));
  }

  /** SIGTERM */
  terminate(): void {
    this.enter(() => this.stopping.abort());
  }

  /** SIGSTOP */
  pause(): void {
    if (this.state === "running") this.state = "paused";
  }

  /** SIGCONT. Events that arrived meanwhile are delivered now, in order. */
  resume(): void {
    if (this.state !== "paused") return;
    this.state = "running";
    const { held } = this;
    this.held = [];
    for (const work of held) this.timeline.after(0, () => this.enter(work));
  }

  /** SIGKILL. Nothing that the process waits for is delivered. */
  kill(): void {
    this.state = "dead";
    this.held = [];
  }
}
