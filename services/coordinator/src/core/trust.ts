/**
 * Which participants are believed. Keeps the exclusions, the suspects, how far the run has been audited, and the doubts
 * that the evaluator has not written down yet.
 */

import type { Exclusion } from "@memnet/protocol";
import { earlier } from "@memnet/runs";
import type { Effect } from "./events.ts";
import type { Said } from "./history.ts";
import { type Adder, Unaudited } from "./unaudited.ts";

export interface TrustOptions {
  /** The last step so far that was audited; 0 if none was. */
  readonly audited: number;
  readonly excluded: readonly Exclusion[];
  /** Trainers that are audited in every step, since two of them disagreed. */
  readonly suspects: readonly string[];
  /** Number of steps taken so far. */
  readonly step: number;
  /** From how many trainers on some of them add up the gradients of branches; 0 for never. */
  readonly branchesFrom: number;
}

/** Where the run goes back to once every doubt is written down; `before` is null if it need not. */
export interface Settled {
  readonly before: number | null;
  readonly reason: string;
}

export class Trust {
  /** Participants whose results are not used. */
  readonly excluded: Exclusion[];
  /** The last step that was audited; 0 if none was. */
  audited: number;
  private readonly suspects: Set<string>;
  private readonly unaudited: Unaudited;
  private pending: { readonly count: number; readonly settled: Settled } | undefined;

  constructor({ audited, excluded, suspects, step, branchesFrom }: TrustOptions) {
    this.audited = audited;
    this.excluded = [...excluded];
    this.suspects = new Set(suspects);
    this.unaudited = new Unaudited({ audited, taken: step, branched: branchesFrom > 0 });
  }

  /** Whether trainers make all batches themselves. */
  get ownBatches(): boolean {
    return this.excluded.some(({ role }) => role === "data-env");
  }

  /** Whether the evaluator has yet to write a doubt down. */
  get isPending(): boolean {
    return this.pending !== undefined;
  }

  get hasSuspects(): boolean {
    return this.suspects.size > 0;
  }

  isSuspect(trainer: string): boolean {
    return this.suspects.has(trainer);
  }

  /** Returns the exclusion of a trainer or of its machine, if there is one. */
  exclusionOf(trainer: string, machine: string): Exclusion | undefined {
    return this.excluded.find((one) => isOf(one, trainer, machine));
  }

  /** Records whose results a step is taken from. */
  took(step: number, results: Iterable<Said>, audited: boolean): void {
    this.unaudited.took(step, results, audited);
    if (audited) this.audited = step;
  }

  /** Records who has added up the branches of a step. */
  added(step: number, adders: readonly Adder[], audited: boolean): void {
    this.unaudited.added(step, adders, audited);
  }

  /** Excludes participants that were wrong, and doubts the steps that they may have made wrong. */
  exclude(excluded: readonly Exclusion[]): Effect[] {
    this.excluded.push(...excluded);
    const events = excluded.map((one): Effect => ({ kind: "event", event: "quarantined", fields: one }));
    return [...events, this.doubt(this.unaudited.firstDoubtful(excluded), excluded, [], whyOf(excluded))];
  }

  /** Suspects trainers that disagree on a step that was taken, and doubts the step. */
  suspect(step: number, trainers: readonly string[], reason: string): Effect {
    for (const id of trainers) this.suspects.add(id);
    return this.doubt(step, [], trainers, reason);
  }

  /** Records that the evaluator has written a doubt down. Returns undefined until it has written the last one. */
  written(): Settled | undefined {
    const { pending } = this;
    if (!pending) return undefined;
    const { count, settled } = pending;
    this.pending = count > 1 ? { count: count - 1, settled } : undefined;
    return this.pending ? undefined : settled;
  }

  private doubt(
    before: number | null,
    excluded: readonly Exclusion[],
    suspects: readonly string[],
    reason: string,
  ): Effect {
    const { count = 0, settled } = this.pending ?? {};
    this.pending = {
      count: count + 1,
      settled: { before: earlier(settled?.before ?? null, before), reason },
    };
    return { kind: "doubt", before, excluded, suspects };
  }
}

/** Whether an exclusion is of this trainer or of its machine. */
export function isOf({ role, id, machine: all }: Exclusion, trainer: string, machine: string): boolean {
  return role === "trainer" && (id === trainer || (all !== null && all === machine));
}

export function whyOf(excluded: readonly Exclusion[]): string {
  return excluded.map(({ why }) => why).join("; ");
}
