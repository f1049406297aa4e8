/** What pages ask for first, so that the answers are on their way while the scripts that show them are loaded. */

import type { Curves, ListedRun, ModelDetails, RunDetails } from "../shared/api.ts";
import type { ListedSweep } from "../shared/sweep.ts";
import { askJson, runPath } from "./ask.ts";

export interface FirstOfRun {
  readonly details: Promise<RunDetails>;
  readonly curves: Promise<Curves>;
  readonly model: Promise<ModelDetails>;
}

export function askRun(run: string): FirstOfRun {
  return {
    details: begun<RunDetails>(runPath(run)),
    curves: begun<Curves>(runPath(run, "/curves")),
    model: begun<ModelDetails>(runPath(run, "/model")),
  };
}

export type FirstOfTest = Omit<FirstOfRun, "curves">;

export function askTest(run: string): FirstOfTest {
  return { details: begun<RunDetails>(runPath(run)), model: begun<ModelDetails>(runPath(run, "/model")) };
}

export interface Lists {
  readonly runs: readonly ListedRun[];
  readonly sweeps: readonly ListedSweep[];
}

export async function askLists(): Promise<Lists> {
  const [{ runs }, { sweeps }] = await Promise.all([
    askJson<Pick<Lists, "runs">>("/api/runs"),
    askJson<Pick<Lists, "sweeps">>("/api/sweeps"),
  ]);
  return { runs, sweeps };
}

/** Returns an answer that has arrived by now; undefined otherwise, and for a failure. */
export function arrived<T>(answer: Promise<T>): Promise<T | undefined> {
  return Promise.race([answer.catch(() => undefined), Promise.resolve().then(() => undefined)]);
}

/** Asks now. A failure reaches whatever awaits the answer, however late it does. */
function begun<T>(path: string): Promise<T> {
  const answer = askJson<T>(path);
  answer.catch(() => {});
  return answer;
}
