/** When a run keeps a snapshot, waits for the evaluator, and ends. */

import type { Effect } from "./events.ts";

export interface ScheduleOptions {
  /** Steps taken so far, and steps in all. */
  readonly step: number;
  readonly steps: number;
  readonly checkpointEvery: number;
  readonly evaluateEvery: number;
  /** Whether an evaluation can end the run. */
  readonly until: boolean;
  /** The newest step that the evaluator has kept; −1 where it has none. */
  readonly kept: number;
}

/** A coordinator goes at most so many snapshots, or with `--until` evaluations, past the last one that is in. */
const aheadMax = 2;

type Next =
  | { kind: "step" }
  | { kind: "wait"; why: string }
  | { kind: "end"; state: "ended" | "stopped"; step: number; reason: string | null };

export class Schedule {
  taken: number;
  stopping = false;
  private readonly options: ScheduleOptions;
  /** Snapshots sent and not acknowledged, ascending. */
  private unacknowledged: number[] = [];
  private kept: number;
  /** Evaluations that are due and not in; unknown until the evaluator has said so for the newest snapshot. */
  private pending: readonly number[] = [];
  private progressKept = -1;
  private satisfied: number | null = null;

  constructor(options: ScheduleOptions) {
    this.options = options;
    this.taken = options.step;
    this.kept = options.kept;
  }

  /** After a step: the snapshot that is due. */
  stepTaken(step: number): Effect[] {
    this.taken = step;
    const { checkpointEvery, evaluateEvery, steps } = this.options;
    const due = step % checkpointEvery === 0 || step % evaluateEvery === 0 || step >= steps;
    return due || this.stopping ? this.snapshot() : [];
  }

  /**
   * The present step is kept at once, and no further one begins.
   *
   * @param adding a step is being taken at this moment, and is kept when it is
   */
  stop(adding: boolean): Effect[] {
    if (this.stopping) return [];
    this.stopping = true;
    return adding || this.isKept(this.taken) ? [] : this.snapshot();
  }

  acknowledged(step: number): void {
    this.kept = Math.max(this.kept, step);
    this.unacknowledged = this.unacknowledged.filter((sent) => sent > step);
  }

  progress(event: { kept: number; pending: readonly number[]; satisfied: number | null }): void {
    this.progressKept = event.kept;
    this.pending = event.pending;
    this.satisfied = event.satisfied;
  }

  next(): Next {
    if (this.satisfied !== null) {
      return { kind: "end", state: "ended", step: this.satisfied, reason: "the condition of --until holds" };
    }
    if (this.stopping) {
      return this.unacknowledged.length > 0
        ? this.waitForAcknowledgement()
        : { kind: "end", state: "stopped", step: this.taken, reason: null };
    }
    if (this.taken >= this.options.steps) return this.atTheEnd();
    if (this.unacknowledged.length >= aheadMax || this.kept < 0) return this.waitForAcknowledgement();
    if (this.options.until && this.unmeasured() >= aheadMax) return { kind: "wait", why: "evaluations" };
    return { kind: "step" };
  }

  private atTheEnd(): Next {
    if (this.unacknowledged.length > 0) return this.waitForAcknowledgement();
    if (this.progressKept < this.taken || this.pending.length > 0)
      return { kind: "wait", why: "evaluations" };
    return { kind: "end", state: "ended", step: this.taken, reason: null };
  }

  private waitForAcknowledgement(): Next {
    return { kind: "wait", why: "the evaluator to keep a snapshot" };
  }

  /** Evaluations up to here that are not known to be in. */
  private unmeasured(): number {
    const { evaluateEvery } = this.options;
    const later =
      Math.floor(this.taken / evaluateEvery) - Math.floor(Math.max(0, this.progressKept) / evaluateEvery);
    return this.pending.length + later;
  }

  private isKept(step: number): boolean {
    return this.kept >= step || this.unacknowledged.includes(step);
  }

  private snapshot(): Effect[] {
    this.unacknowledged.push(this.taken);
    return [{ kind: "snapshot", step: this.taken }];
  }
}
