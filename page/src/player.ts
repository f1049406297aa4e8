/** Plays episodes in a worker thread, one at a time, for all clients. */

import type { RunJob } from "@memnet/runs";
import { LazyThread, type Methods } from "@memnet/service";
import type { EpisodeJob } from "./episode.ts";
import type { EpisodeApi } from "./episode-thread.ts";
import type { ModelDetails } from "./shared/api.ts";

export interface Player {
  /**
   * Describes a run's model.
   *
   * @throws BusyError, the signal's reason once the client has gone, and what the runner throws
   */
  describe(job: RunJob, signal: AbortSignal): Promise<ModelDetails>;
  play(job: EpisodeJob, signal: AbortSignal): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Too many clients wait for episodes. */
export class BusyError extends Error {
  override readonly name = "BusyError";
  readonly code = "BUSY";
  constructor() {
    super(`Cannot play an episode now: at most ${waitingMax} may wait, try again in a moment`);
  }
}

/** Enough for a few people with a few windows each. */
const waitingMax = 16;

/** How long work may continue after its client has gone; starting another thread takes as long. */
const graceMs = 1000;

/**
 * The longest that one piece of work may take, for a large model on a slow machine. After that its thread is stopped.
 */
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
