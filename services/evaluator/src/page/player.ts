/** Plays episodes in a thread, one at a time, for as many as ask. */

import type { RunJob } from "@memnet/runs";
import { LazyThread, type Methods } from "@memnet/service";
import type { EpisodeJob } from "./episode.ts";
import type { EpisodeApi } from "./episode-thread.ts";
import type { ModelDetails } from "./shared/api.ts";

export interface Player {
  /** @throws BusyError, the signal's reason once the asker has gone, and what the runner throws */
  describe(job: RunJob, signal: AbortSignal): Promise<ModelDetails>;
  play(job: EpisodeJob, signal: AbortSignal): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Too many ask for episodes at the same time. */
export class BusyError extends Error {
  override readonly name = "BusyError";
  readonly code = "BUSY";
  constructor() {
    super(`Cannot play an episode now: at most ${waitingMax} may wait, try again in a moment`);
  }
}

/** A few people with a few windows each. */
const waitingMax = 16;

/** Work whose asker has gone may go on for so long: starting another thread takes as much. */
const graceMs = 1000;

/** The longest that one piece of work takes: a large model on a slow machine. Then its thread is ended. */
const workMsMax = 60_000;

export function threadPlayer(): Player {
  const thread = new LazyThread<EpisodeApi>(import.meta.url, "./episode-thread");
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  async function inTurn<T>(signal: AbortSignal, work: (api: Methods<EpisodeApi>) => Promise<T>): Promise<T> {
    if (waiting >= waitingMax) throw new BusyError();
    waiting++;
    const before = last;
    const turn = (async () => {
      await before.catch(() => {});
      signal.throwIfAborted();
      return await bounded(signal, work);
    })();
    last = turn.finally(() => waiting--);
    last.catch(() => {});
    return turn;
  }

  async function bounded<T>(signal: AbortSignal, work: (api: Methods<EpisodeApi>) => Promise<T>): Promise<T> {
    const end = () => void thread.stop();
    let timer = setTimeout(end, workMsMax);
    const gone = () => {
      clearTimeout(timer);
      timer = setTimeout(end, graceMs);
    };
    signal.addEventListener("abort", gone, { once: true });
    try {
      return await work(await thread.api());
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", gone);
    }
  }

  return {
    describe: (job, signal) => inTurn(signal, (api) => api.describe(job)),
    play: (job, signal) => inTurn(signal, (api) => api.play(job)),
    close: () => thread.stop(),
  };
}
