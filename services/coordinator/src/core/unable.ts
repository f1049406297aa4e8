/** Trainers that cannot serve the run, and why: one may lack a file that others have; a task at fault fails anywhere. */

/**
 * How long a task's fault lets the run wait for a trainer that can serve it: others that started at the same time have
 * tried the task by then.
 */
export const faultMs = 3000;

/** Trainers that are remembered; more would say the same. */
const rememberedMax = 100;

interface Said {
  readonly why: string;
  readonly at: number;
  /** Whether the run's task is at fault. */
  task: boolean;
}

export class Unable {
  private readonly said = new Map<string, Said>();

  /** A trainer says so again and again, since a message may be lost: its first word counts. */
  say(trainer: string, { why, task }: { why: string; task: boolean }, now: number): void {
    if (this.said.has(trainer) || this.said.size >= rememberedMax) return;
    this.said.set(trainer, { why, task, at: now });
  }

  /** It can now. */
  withdraw(trainer: string): void {
    this.said.delete(trainer);
  }

  /** Another trainer has done what the task kept these from: it was not the task, or not everywhere. */
  refute(): void {
    for (const said of this.said.values()) said.task = false;
  }

  /** For a person to read. */
  get newest(): string | undefined {
    return [...this.said.values()].at(-1)?.why;
  }

  /** Why no trainer will ever be able to, as far as is known. */
  fault(now: number): string | undefined {
    return [...this.said.values()].find(({ task, at }) => task && now - at >= faultMs)?.why;
  }
}
