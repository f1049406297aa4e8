/**
 * Remembers from which step on each participant's results were used without an audit, to find out how far a run has to
 * go back when one turns out to be wrong.
 */

import type { Exclusion } from "@memnet/protocol";
import { earlier } from "@memnet/runs";
import type { Said } from "./history.ts";

interface Since {
  readonly machine: string;
  /** The first step since its last audit that its result was used in. */
  readonly step: number;
}

export class Unaudited {
  /** The last step of earlier epochs that was audited, and their last step. */
  private readonly before: { readonly audited: number; readonly taken: number };
  private readonly since = new Map<string, Since>();
  /** Participants whose results were audited in this epoch. */
  private readonly checked = new Set<string>();

  constructor(before: { readonly audited: number; readonly taken: number }) {
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

  /** Returns the first step that results of these participants, or of their machines, may have made wrong. */
  firstDoubtful(excluded: readonly Exclusion[]): number | null {
    return excluded.map((one) => this.doubtfulBy(one)).reduce<number | null>(earlier, null);
  }

  private doubtfulBy({ role, id, machine }: Exclusion): number | null {
    const key = `${role} ${id}`;
    const own = this.since.get(key)?.step ?? null;
    const beside = [...this.since].filter(([, one]) => machine !== null && one.machine === machine);
    const steps = beside.map(([, { step }]) => step).reduce<number | null>(earlier, own);
    // Who took part in the steps of earlier epochs since their last audit is not known.
    const { audited, taken } = this.before;
    return audited < taken && !this.checked.has(key) ? earlier(steps, audited + 1) : steps;
  }

  private used(key: string, machine: string, step: number, audited: boolean): void {
    if (audited) {
      this.since.delete(key);
      this.checked.add(key);
    } else if (!this.since.has(key)) this.since.set(key, { machine, step });
  }
}
