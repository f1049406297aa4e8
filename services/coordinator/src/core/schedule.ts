/** Decides when a run takes a snapshot, waits for the evaluator, and ends. */

import type { Effect } from "./events.ts";

export interface ScheduleOptions {
  /** Number of steps taken so far, followed by the total number of steps. */
  readonly step: number;
  readonly steps: number;
  readonly checkpointEvery: number;
  readonly evaluateEvery: number;
  /** Whether an evaluation can end the run. */
  readonly until: boolean;
  /** The newest step that the evaluator has stored; −1 if none. */
  readonly kept: number;
}

/**
 * How many snapshots may be unacknowledged, or with `--until` how many evaluations unfinished, before the run waits.
 */
const aheadMax = 2;

type Next =
  | { kind: "step" }
  | { kind: "wait"; why: string }
  | { kind: "end"; state: "ended" | "stopped"; step: number; reason: string | null };

export class Schedule {
  taken: number;
  stopping = false;
  private readonly options: ScheduleOptions;
  /** Snapshots sent and not yet acknowledged, in ascending order. */
  private unacknowledged: number[] = [];
  private kept: number;
  /**
   * Evaluations that are due but not finished, as the evaluator reported them when `progressKept` was its newest
   * snapshot.
   */
  private pending: readonly number[] = [];
  private progressKept = -1;
  private satisfied: number | null = null;
  /** Why the run cannot be measured. */
  private failure: string | null = null;

  constructor(options: ScheduleOptions) {
    this.options = options;
    this.taken = options.step;
    this.kept = options.kept;
  }

  /** Records a step as taken, and requests a snapshot if one is due. */
  stepTaken(step: number): Effect[] {
    this.taken = step;
    const { checkpointEvery, evaluateEvery, steps } = this.options;
    const due = step % checkpointEvery === 0 || step % evaluateEvery === 0 || step >= steps;
    return due || this.stopping ? this.snapshot() : [];
  }

  /**
   * Stops the run: takes a snapshot of the current step and begins no further one.
   *
   * @param adding whether a step is being taken right now; the snapshot then follows once it is taken
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

  progress(event: {
    readonly kept: number;
    readonly pending: readonly number[];
    readonly satisfied: number | null;
    readonly failure: string | null;
  }): void {
    this.progressKept = event.kept;
    this.pending = event.pending;
    this.satisfied = event.satisfied;
    this.failure = event.failure;
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
    if (this.options.until && this.unmeasured() >= aheadMax) return this.waitForEvaluations();
    return { kind: "step" };
  }

  private atTheEnd(): Next {
    if (this.unacknowledged.length > 0) return this.waitForAcknowledgement();
    if (this.progressKept < this.taken || this.pending.length > 0) return this.waitForEvaluations();
    return { kind: "end", state: "ended", step: this.taken, reason: null };
  }

  private waitForAcknowledgement(): Next {
    return { kind: "wait", why: "the evaluator to keep a snapshot" };
  }

  private waitForEvaluations(): Next {
    const { failure } = this;
    return {
      kind: "wait",
      why: failure === null ? "evaluations" : `evaluations, which the evaluator cannot make: ${failure}`,
    };
  }

  /** Number of evaluations up to the current step that are not known to be finished. */
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
