/**
 * Remembers from which step on each participant's results were used without an audit, to find out how far a run has to
 * go back when one turns out to be wrong.
 */

import type { Exclusion } from "@memnet/protocol";
import { earlier } from "@memnet/runs";
import type { Said } from "./history.ts";

/** A trainer that has added up a branch. */
export interface Adder {
  readonly trainer: string;
  readonly machine: string;
}

/** What is known of earlier epochs. */
export interface Before {
  /** The last step that was audited. */
  readonly audited: number;
  /** The last step. */
  readonly taken: number;
  /** Whether trainers may have added up branches. */
  readonly branched: boolean;
}

interface Since {
  readonly machine: string;
  /** The first step since its last audit that its result was used in. */
  readonly step: number;
}

export class Unaudited {
  private readonly before: Before;
  private readonly since = new Map<string, Since>();
  /** Participants whose results were audited in this epoch. */
  private readonly checked = new Set<string>();

  constructor(before: Before) {
    this.before = before;
  }

  /** Records whose results a step is taken from. */
  took(step: number, results: Iterable<Said>, audited: boolean): void {
    for (const { trainer, machine, madeBy } of results) {
      const dataEnvs = new Set(madeBy).values();
      this.used(`trainer ${trainer}`, machine, step, audited);
      for (const id of dataEnvs) if (id !== null) this.used(`data-env ${id}`, "", step, audited);
    }
  }

  /** Records who has added up the branches of a step. */
  added(step: number, adders: readonly Adder[], audited: boolean): void {
    for (const { trainer, machine } of adders) this.used(sumsOf(trainer), machine, step, audited);
  }

  /** Returns the first step that results of these participants, or of their machines, may have made wrong. */
  firstDoubtful(excluded: readonly Exclusion[]): number | null {
    return excluded.map((one) => this.doubtfulBy(one)).reduce<number | null>(earlier, null);
  }

  private doubtfulBy({ role, id, machine }: Exclusion): number | null {
    const keys = role === "trainer" ? [`trainer ${id}`, sumsOf(id)] : [`data-env ${id}`];
    const own = keys.map((key) => this.since.get(key)?.step ?? null).reduce(earlier, null);
    const beside = [...this.since].filter(([, one]) => machine !== null && one.machine === machine);
    const steps = beside.map(([, { step }]) => step).reduce<number | null>(earlier, own);
    // Who took part in the steps of earlier epochs since their last audit is not known.
    const { audited, taken, branched } = this.before;
    const isChecked = (branched ? keys : keys.slice(0, 1)).every((key) => this.checked.has(key));
    return audited < taken && !isChecked ? earlier(steps, audited + 1) : steps;
  }

  private used(key: string, machine: string, step: number, audited: boolean): void {
    if (audited) {
      this.since.delete(key);
      this.checked.add(key);
    } else if (!this.since.has(key)) this.since.set(key, { machine, step });
  }
}

/** A trainer may add wrongly, and compute right. */
function sumsOf(trainer: string): string {
  return `sums of ${trainer}`;
}
