/** Decides whether and when a process that ended is restarted. */

import { exitCodes } from "./exit.ts";

/** The kinds of process that are kept running; `host` has all of a run's actors. */
export type Kept = "host" | "evaluator" | "coordinator" | "data-env" | "trainer";

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly livedMs: number;
  /** Whether the process got as far as reporting that it was connected. */
  readonly wasConnected: boolean;
}

/** What is remembered about a service between two starts. */
export interface Tally {
  /** Short lives in a row; they determine the wait. */
  readonly short: number;
  /** Ends in a row before the service was ready. */
  readonly unready: number;
}

export type Verdict =
  | { readonly kind: "again"; readonly afterMs: number; readonly tally: Tally }
  /** The process has finished its work. */
  | { readonly kind: "over" }
  | { readonly kind: "give-up"; readonly why: string };

export const freshTally: Tally = { short: 0, unready: 0 };

const waitMsMin = 100;
const waitMsMax = 5000;
/** A service that lived this long was healthy: its next end counts as the first. */
const wellMs = 10_000;
/** The longest that opening files takes. */
const openMs = 3000;
/** A service that failed to start this often will not start the next time either. */
const unreadyMax = 5;

/** Processes whose exit code is the coordinator's. */
const endsWithItsRun: ReadonlySet<Kept> = new Set(["coordinator", "host"]);
/** Processes that open files after they have connected, which may fail. */
const opensFiles: ReadonlySet<Kept> = new Set(["evaluator", "coordinator", "host"]);
/** The run has ended or was stopped, or it failed. */
const coordinatorOver: ReadonlySet<number> = new Set([
  exitCodes.done,
  exitCodes.runFailed,
  exitCodes.runStopped,
]);
/** The exit code of a refusal: another try would be refused too. */
const refused = 2;

export function verdictOn(kept: Kept, tally: Tally, ended: Ended): Verdict {
  if (endsWithItsRun.has(kept) && ended.code !== null && coordinatorOver.has(ended.code))
    return { kind: "over" };
  if (ended.code === refused) return { kind: "give-up", why: "it refused to start" };
  const unready = endedAtStart(kept, ended) ? tally.unready + 1 : 0;
  if (unready >= unreadyMax) {
    return {
      kind: "give-up",
      why: `it ended ${unready} times in a row at its start`,
    };
  }
  const short = ended.livedMs < wellMs ? tally.short : 0;
  return { kind: "again", afterMs: waitMs(short), tally: { short: short + 1, unready } };
}

/** Reports whether the process failed to start. If it was killed from outside, that says nothing about its start. */
function endedAtStart(kept: Kept, { code, livedMs, wasConnected }: Ended): boolean {
  if (code === null || livedMs >= wellMs) return false;
  return !wasConnected || (opensFiles.has(kept) && livedMs < openMs);
}

export function endText({ code, signal }: Pick<Ended, "code" | "signal">): string {
  return signal === null ? `with exit code ${code}` : `by ${signal}`;
}

/** The first restart is immediate: other processes wait for this one, and a healthy process usually recovers. */
function waitMs(short: number): number {
  return short === 0 ? 0 : Math.min(waitMsMax, waitMsMin * 2 ** Math.min(short - 1, 30));
}
