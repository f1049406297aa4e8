/**
 * Trainers that cannot serve the run, and why. A trainer may lack a file that others have; a faulty task fails
 * anywhere.
 */

/**
 * How long the run waits for a trainer that can serve it after one has blamed the task: trainers that started at the
 * same time have tried the task by then.
 */
export const faultMs = 3000;

/** How many trainers are remembered; more would report the same. */
const rememberedMax = 100;

interface Said {
  readonly why: string;
  readonly at: number;
  /** Whether the run's task is at fault. */
  task: boolean;
}

export class Unable {
  private readonly said = new Map<string, Said>();

  /** Records why a trainer is unable. Trainers repeat the report, since a message may be lost; the first one counts. */
  say(trainer: string, { why, task }: { why: string; task: boolean }, now: number): void {
    if (this.said.has(trainer) || this.said.size >= rememberedMax) return;
    this.said.set(trainer, { why, task, at: now });
  }

  /** Removes a trainer that is able after all. */
  withdraw(trainer: string): void {
    this.said.delete(trainer);
  }

  /**
   * Clears all blame on the task: another trainer got past the point where it failed, so the task does not fail
   * everywhere.
   */
  refute(): void {
    for (const said of this.said.values()) said.task = false;
  }

  /** The most recent reason, for humans to read. */
  get newest(): string | undefined {
    return [...this.said.values()].at(-1)?.why;
  }

  /** Returns why no trainer will ever be able to serve the run, if the task is known to be at fault. */
  fault(now: number): string | undefined {
    return [...this.said.values()].find(({ task, at }) => task && now - at >= faultMs)?.why;
  }
}
