/**
 * What lies on a trainer's desk: the newest parameters of its run, the nodes it was given, the results it has. Pure:
 * messages in, what to do out.
 */

import type { TreeNode } from "memnet";

/** A place in a run's history; a newer epoch counts before a later step. */
export interface Place {
  readonly epoch: number;
  readonly step: number;
}

export interface Job {
  readonly place: Place;
  readonly node: TreeNode;
  readonly attempt: number;
}

export type Given = "queued" | "under-way" | "done" | "stale" | "lacks-parameters";

/** Nodes of one step that are remembered: more than any tree that is worth cutting has. */
const nodesMax = 4096;

export class Desk<Result> {
  private at: Place = { epoch: 0, step: 0 };
  /** Hash of the parameters that are held. */
  private hash = "";
  private queue: Job[] = [];
  private current: Job | undefined;
  private readonly results = new Map<string, { attempt: number; result: Result }>();

  get place(): Place {
    return this.at;
  }
  get parameters(): string {
    return this.hash;
  }
  /** Nodes that wait or are under way. */
  get nodes(): TreeNode[] {
    const jobs = this.current && isAt(this.current, this.at) ? [this.current, ...this.queue] : this.queue;
    return jobs.map((job) => job.node);
  }

  /** Parameters came; true where they are newer than those held, which are forgotten with all their work. */
  take(place: Place, hash: string): boolean {
    if (!isLater(place, this.at)) return false;
    this.at = place;
    this.hash = hash;
    this.queue = [];
    this.results.clear();
    return true;
  }

  /** A node was given. */
  give(place: Place, hash: string, node: TreeNode, attempt: number): Given {
    if (isLater(this.at, place)) return "stale";
    if (isLater(place, this.at) || hash !== this.hash) return "lacks-parameters";
    const key = keyOf(node);
    const done = this.results.get(key);
    if (done && done.attempt >= attempt) return "done";
    const known = [this.current, ...this.queue].some(
      (job) => job && isAt(job, place) && keyOf(job.node) === key && job.attempt >= attempt,
    );
    if (known) return "under-way";
    if (this.queue.length >= nodesMax) return "stale";
    this.queue.push({ place, node, attempt });
    return "queued";
  }

  /** The next node to compute. */
  next(): Job | undefined {
    this.current = this.queue.shift();
    return this.current;
  }

  /** False where the result came too late: newer parameters are held by now. */
  finish(job: Job, result: Result): boolean {
    if (this.current === job) this.current = undefined;
    if (!isAt(job, this.at)) return false;
    this.results.set(keyOf(job.node), { attempt: job.attempt, result });
    return true;
  }

  /** The node under way could not be computed; whoever gave it will give it again. */
  abandon(job: Job): void {
    if (this.current === job) this.current = undefined;
  }

  resultOf(node: TreeNode): Result | undefined {
    return this.results.get(keyOf(node))?.result;
  }
}

export function isLater(a: Place, b: Place): boolean {
  return a.epoch > b.epoch || (a.epoch === b.epoch && a.step > b.step);
}

function isAt({ place }: Job, at: Place): boolean {
  return place.epoch === at.epoch && place.step === at.step;
}

function keyOf({ lo, hi }: TreeNode): string {
  return `${lo}-${hi}`;
}
