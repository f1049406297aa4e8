/**
 * A trainer's pending work: the newest parameters of its run, the nodes it was given, and the results it has. Pure:
 * takes messages and returns what to do.
 */

import { nodeKey, type TreeNode } from "memnet";

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
  /** The last position that the coordinator named; a trainer that leads may be beyond it. */
  private named: Position = { epoch: 0, step: 0 };
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
   * Accepts the coordinator's parameters if they are newer than its last ones, and drops the old ones' work. Returns
   * whether they were. If this trainer was beyond them by its own steps, it goes back to them.
   */
  take(position: Position, hash: string): boolean {
    const isNews = isLater(position, this.named);
    const isReturn = isSame(position, this.named) && isLater(this.position, position);
    if (!isNews && !isReturn) return false;
    this.named = position;
    this.move(position, hash);
    return true;
  }

  /** Moves to the next step, with parameters that this trainer has computed. */
  advance(hash: string): void {
    const { epoch, step } = this.position;
    this.move({ epoch, step: step + 1 }, hash);
  }

  /** Hears which step the coordinator is at. Returns whether this trainer has come to it, or beyond. */
  reached(position: Position): boolean {
    if (isLater(position, this.position)) return false;
    if (isLater(position, this.named)) this.named = position;
    return true;
  }

  private move(position: Position, hash: string): void {
    this.position = position;
    this.parametersHash = hash;
    this.queue = [];
    this.results.clear();
  }

  /** Whether these are the current parameters. */
  holds(position: Position, hash: string): boolean {
    return isSame(position, this.position) && hash === this.parametersHash;
  }

  /** Queues a node unless it is stale, done or already queued. */
  give(position: Position, hash: string, node: TreeNode, attempt: number, audit = false): Given {
    if (isLater(this.named, position)) return "stale";
    if (!isSame(position, this.position) || hash !== this.parametersHash) return "lacks-parameters";
    const key = nodeKey(node);
    const done = this.results.get(key);
    if (done && done.attempt >= attempt) return "done";
    const known = [this.current, ...this.queue].some(
      (job) => job && isAt(job, position) && nodeKey(job.node) === key && job.attempt >= attempt,
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
    this.results.set(nodeKey(job.node), { attempt: job.attempt, result });
    return true;
  }

  /** Drops the node in progress, which could not be computed; the coordinator will assign it again. */
  abandon(job: Job): void {
    if (this.current === job) this.current = undefined;
  }

  resultOf(node: TreeNode): Result | undefined {
    return this.results.get(nodeKey(node))?.result;
  }
}

/** Whether the first position comes after the second. */
export function isLater(a: Position, b: Position): boolean {
  return a.epoch > b.epoch || (a.epoch === b.epoch && a.step > b.step);
}

export function isSame(a: Position, b: Position): boolean {
  return a.epoch === b.epoch && a.step === b.step;
}

function isAt(job: Job, { epoch, step }: Position): boolean {
  return job.position.epoch === epoch && job.position.step === step;
}
