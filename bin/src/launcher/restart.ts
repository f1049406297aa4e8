/** Whether a process that ended is started again, and when. */

/** What is kept up: `host` is all of a run's actors in one process. */
export type Kept = "host" | "evaluator" | "coordinator" | "data-env" | "trainer";

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly livedMs: number;
  /** Whether it had come so far as to say that it was connected. */
  readonly wasConnected: boolean;
}

/** What is remembered of a service between two starts. */
export interface Tally {
  /** Short lives in a row: they make the wait. */
  readonly short: number;
  /** Ends in a row at start, before it was ready. */
  readonly unready: number;
}

export type Verdict =
  | { readonly kind: "again"; readonly afterMs: number; readonly tally: Tally }
  /** It has done what it was started for. */
  | { readonly kind: "over" }
  | { readonly kind: "give-up"; readonly why: string };

export const freshTally: Tally = { short: 0, unready: 0 };

const waitMsMin = 100;
const waitMsMax = 5000;
/** A service that lived this long was well: the next end is the first one again. */
const wellMs = 10_000;
/** How long opening files takes at most. */
const openMs = 3000;
/** A service that cannot start will not start the next time either. */
const unreadyMax = 5;

/** Their exit code is the coordinator's. */
const endsWithItsRun: ReadonlySet<Kept> = new Set(["coordinator", "host"]);
/** They open files after they are connected, and may fail at that. */
const opensFiles: ReadonlySet<Kept> = new Set(["evaluator", "coordinator", "host"]);
/** 0: the run is over or was stopped; 3: it failed. */
const coordinatorOver = new Set([0, 3]);
/** Refused: another try would be refused as well. */
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

/** One that others killed says nothing of whether it can start. */
function endedAtStart(kept: Kept, { code, livedMs, wasConnected }: Ended): boolean {
  if (code === null || livedMs >= wellMs) return false;
  return !wasConnected || (opensFiles.has(kept) && livedMs < openMs);
}

export function endText({ code, signal }: Pick<Ended, "code" | "signal">): string {
  return signal === null ? `with exit code ${code}` : `by ${signal}`;
}

/** The first time at once: others wait for it, and what was well is well again. */
function waitMs(short: number): number {
  return short === 0 ? 0 : Math.min(waitMsMax, waitMsMin * 2 ** Math.min(short - 1, 30));
}
