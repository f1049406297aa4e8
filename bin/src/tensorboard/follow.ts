/** Writes a run's events while it trains. */

import { setTimeout } from "node:timers/promises";
import { complain } from "@memnet/terminal";
import { type EventsOptions, RunEvents } from "./run-events.ts";

/** TensorBoard itself looks for new events each five seconds or less often. */
const pauseMsLeast = 2000;
/** Pictures cost an episode each. At most one part in so many of a core is spent on them, and on figures. */
const timesPaused = 20;

/**
 * Follows a run until it is disposed, and then writes the rest. A failure is reported, and training continues without it.
 *
 * @throws UsageError if the folder has events of another run of that name
 */
export function followRun(options: EventsOptions): AsyncDisposable {
  const events = new RunEvents(options);
  const end = new AbortController();
  const following = follow(events, end.signal).catch((error: Error) =>
    complain(`Cannot write TensorBoard's events any more: ${error.message}`),
  );
  return {
    async [Symbol.asyncDispose]() {
      end.abort();
      await following;
      await events[Symbol.asyncDispose]();
    },
  };
}

async function follow(events: RunEvents, end: AbortSignal): Promise<void> {
  let picturesDueMs = 0;
  for (let isLast = false; !isLast; ) {
    isLast = end.aborted;
    const figuresMs = await timed(() => events.addFigures());
    // Pictures wait for their turn alone: figures must not.
    if (isLast || performance.now() >= picturesDueMs) {
      const picturesMs = await timed(() => events.addPictures("newest"));
      picturesDueMs = performance.now() + picturesMs * timesPaused;
    }
    // Ended early by the signal.
    const pauseMs = Math.max(pauseMsLeast, figuresMs * timesPaused);
    await setTimeout(pauseMs, undefined, { signal: end }).catch(() => {});
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}
