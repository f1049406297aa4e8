/** The time as an actor sees it: monotonic readings within its process, and timers. Simulations use virtual time. */

export interface Clock {
  /** Milliseconds since an arbitrary moment in this process; monotonic. */
  now(): number;
  /** UTC milliseconds since 1970, for names and log lines. Never compare two readings. */
  wall(): number;
  /** Calls back once after `ms`, never synchronously; the returned function cancels it. */
  after(ms: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms`, or as soon as the signal aborts. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const cancel = clock.after(ms, done);
    signal?.addEventListener("abort", done, { once: true });
    function done(): void {
      cancel();
      signal?.removeEventListener("abort", done);
      resolve();
    }
  });
}

/** Calls back every `ms` until cancelled. A late tick does not make up for missed ones. */
export function every(clock: Clock, ms: number, callback: () => void): () => void {
  let cancel = clock.after(ms, tick);
  let stopped = false;
  function tick(): void {
    if (stopped) return;
    callback();
    if (!stopped) cancel = clock.after(ms, tick);
  }
  return () => {
    stopped = true;
    cancel();
  };
}
