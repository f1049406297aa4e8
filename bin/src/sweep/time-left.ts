/** Estimates how long a sweep will take. */

import type { SweepRunStanding } from "@memnet/protocol";
import { isOver } from "../text/sweep.ts";

/** Runs that the goal ends early make the first ones a poor guide. */
const shareMin = 0.02;

export class TimeLeft {
  private first: { readonly share: number; readonly at: number } | undefined;

  /**
   * @param at in seconds, by a monotonic clock
   * @returns  the seconds left at the pace since the first call; undefined before some of the work is done
   */
  after(standings: readonly SweepRunStanding[], at: number): number | undefined {
    const share = doneShare(standings);
    this.first ??= { share, at };
    const done = share - this.first.share;
    if (done < shareMin) return undefined;
    return ((at - this.first.at) * (1 - share)) / done;
  }
}

/** The share of all runs' steps that need not be taken any more. */
function doneShare(standings: readonly SweepRunStanding[]): number {
  const shares = standings.map((one) =>
    isOver(one) ? 1 : one.steps ? Math.min(1, one.step / one.steps) : 0,
  );
  return shares.reduce((sum, share) => sum + share, 0) / Math.max(1, shares.length);
}
