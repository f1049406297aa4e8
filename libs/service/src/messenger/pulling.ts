/** Pulls what is missing of a blob, several ranges at a time. */

import { RefusedError } from "@memnet/protocol";
import { RequestTimeoutError } from "../bus/bus.ts";
import { type Clock, sleep } from "../clock.ts";
import type { Gathered } from "./gathered.ts";

/** Deadline for one range of a blob. It is generous, since the owner may be busy sending ranges to others. */
export const rangeTimeoutMs = 5000;

/** Ranges of one blob under way: 2 MB, which fills a link of 1 Gbit/s up to a round trip of 16 ms. */
const rangesMax = 8;

/** Pause before an owner that has too much to send is asked again. */
const busyMs = 50;

/** Asks the owner for a range. */
export type AskRange = (offset: number, bytes: number) => Promise<Uint8Array>;

/**
 * Pulls the missing parts, each as one range. A range that is lost is asked for again while others arrive. Each loss
 * leaves one range fewer under way, down to one, since the link may be slow.
 *
 * @param into further parts may arrive there from elsewhere meanwhile
 * @throws the error of a range that was refused, or of the last one that was lost
 */
export async function pullMissing(into: Gathered, clock: Clock, ask: AskRange): Promise<void> {
  const wanted = into.lacking;
  let lanes = Math.min(rangesMax, wanted.length);
  let heardAt = clock.now();
  const lane = async (): Promise<void> => {
    for (let offset = wanted.shift(); offset !== undefined; offset = wanted.shift()) {
      if (!into.lacks(offset)) continue;
      try {
        into.add(offset, await ask(offset, into.lengthAt(offset)));
        heardAt = clock.now();
      } catch (error) {
        if (!mayPass(error) || clock.now() - heardAt >= rangeTimeoutMs) {
          wanted.length = 0;
          throw error;
        }
        wanted.push(offset);
        if (lanes > 1) break;
        await sleep(clock, busyMs);
      }
    }
    lanes--;
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** Whether the range may come if it is asked for again: the answer was lost, or the owner had too much to send. */
function mayPass(error: unknown): boolean {
  return error instanceof RequestTimeoutError || (error instanceof RefusedError && error.code === "BUSY");
}
