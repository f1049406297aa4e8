/** Bounds how often an action runs, however often it is called for. */

import type { Clock } from "./clock.ts";

export interface Throttled {
  call(): void;
  /** Drops a call that waits. */
  stop(): void;
}

/**
 * Runs `act` at once if its last run was at least `ms` ago, otherwise once when that time is over, for all calls in
 * between.
 */
export function throttled(clock: Clock, ms: number, act: () => void): Throttled {
  let ranAt = Number.NEGATIVE_INFINITY;
  let cancel: (() => void) | undefined;
  function run(): void {
    cancel = undefined;
    ranAt = clock.now();
    act();
  }
  return {
    call() {
      if (cancel) return;
      const waitMs = ranAt + ms - clock.now();
      if (waitMs <= 0) run();
      else cancel = clock.after(waitMs, run);
    },
    stop() {
      cancel?.();
      cancel = undefined;
    },
  };
}
