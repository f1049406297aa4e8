/**
 * A trainer's pending work: the newest parameters of its run, the nodes it was given, and the results it has. Pure:
 * takes messages and returns what to do.
 */

import type { TreeNode } from "memnet";

/** A position in a run's history; a newer epoch outranks a later step. */
export interface Position {
  readonly epoch: number;
  readonly step: number;
}

export interface Job {
  readonly position: Position;
  readonly node: TreeNode;
  readonly attempt: number;
  /** Whether it checks another trainer's result. */
  readonly audit: boolean;
}

export type Given = "queued" | "under-way" | "done" | "stale" | "lacks-parameters";

/** Maximum number of queued nodes; more than any tree worth splitting has. */
const nodesMax = 4096;

export class Desk<Result> {
  position: Position = { epoch: 0, step: 0 };
  /** Hash of the current parameters. */
  parametersHash = "";
  private queue: Job[] = [];
  private current: Job | undefined;
  private readonly results = new Map<string, { attempt: number; result: Result }>();

  /** Nodes that are queued or in progress. */
  get nodes(): TreeNode[] {
    const jobs =
      this.current && isAt(this.current, this.position) ? [this.current, ...this.queue] : this.queue;
    return jobs.map((job) => job.node);
  }

  /**
   * Accepts parameters if they are newer than the current ones, and drops the old ones' work. Returns whether they
   * were.
   */
  take(position: Position, hash: string): boolean {
    if (!isLater(position, this.position)) return false;
    this.position = position;
    this.parametersHash = hash;
    this.queue = [];
    this.results.clear();
    return true;
  }

  /** Whether these are the current parameters. */
  holds(position: Position, hash: string): boolean {
    return isAt({ position }, this.position) && hash === this.parametersHash;
  }

  /** Queues a node unless it is stale, done or already queued. */
  give(position: Position, hash: string, node: TreeNode, attempt: number, audit = false): Given {
    if (isLater(this.position, position)) return "stale";
    if (isLater(position, this.position) || hash !== this.parametersHash) return "lacks-parameters";
    const key = keyOf(node);
    const done = this.results.get(key);
    if (done && done.attempt >= attempt) return "done";
    const known = [this.current, ...this.queue].some(
      (job) => job && isAt(job, position) && keyOf(job.node) === key && job.attempt >= attempt,
    );
    if (known) return "under-way";
    if (this.queue.length >= nodesMax) return "stale";
    this.queue.push({ position, node, attempt, audit });
    return "queued";
  }

  /** Takes the next node to compute from the queue. */
  next(): Job | undefined {
    this.current = this.queue.shift();
    return this.current;
  }

  /** Stores a result. Returns false if it came too late, because newer parameters have arrived. */
  finish(job: Job, result: Result): boolean {
    if (this.current === job) this.current = undefined;
    if (!isAt(job, this.position)) return false;
    this.results.set(keyOf(job.node), { attempt: job.attempt, result });
    return true;
  }

  /** Drops the node in progress, which could not be computed; the coordinator will assign it again. */
  abandon(job: Job): void {
    if (this.current === job) this.current = undefined;
  }

  resultOf(node: TreeNode): Result | undefined {
    return this.results.get(keyOf(node))?.result;
  }
}

function isLater(a: Position, b: Position): boolean {
  return a.epoch > b.epoch || (a.epoch === b.epoch && a.step > b.step);
}

function isAt(job: Pick<Job, "position">, { epoch, step }: Position): boolean {
  return job.position.epoch === epoch && job.position.step === step;
}

function keyOf({ lo, hi }: TreeNode): string {
  return `${lo}-${hi}`;
}
