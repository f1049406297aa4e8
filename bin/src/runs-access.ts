/** Reaches the runs of a folder through the evaluator that serves it, or else reads its files. */

import { resolve } from "node:path";
import {
  messages,
  type RunFigures,
  type RunSummary,
  type SweepRecord,
  type SweepRunStanding,
  subjects,
} from "@memnet/protocol";
import { CommandError, connectTo, type Operator, reachOf } from "@memnet/terminal";
import type { Condition } from "memnet";
import { checkRunsDir, hasRun, noRunOf, noSuchRun, runsDirDefault } from "./configure/runs-dir.ts";
import { askStandings, askSweeps, sweepIfThere } from "./sweep/standings.ts";

/** The evaluator reads every run's folder, and many runs on a slow disk take a while. */
const answerMsMax = 10_000;

export interface RunsAccess {
  list(): Promise<readonly RunSummary[]>;
  /** The figures that each run has reached. */
  figures(goal: Condition): Promise<readonly RunFigures[]>;
  /** @throws UsageError if there is no such run */
  remove(run: string): Promise<void>;
  /** The names of the sweeps. */
  sweeps(): Promise<readonly string[]>;
  /** A sweep with how far each of its runs is; null if there is none of that name. */
  sweep(name: string): Promise<SweepStanding | null>;
}

export interface SweepStanding {
  readonly sweep: SweepRecord;
  readonly runs: readonly SweepRunStanding[];
}

/** If a folder is named, it is read, or its launcher is asked; NATS_URL is ignored then. */
export async function withRuns<T>(
  runsDir: string | undefined,
  work: (access: RunsAccess) => Promise<T>,
): Promise<T> {
  const folder = resolve(runsDir ?? runsDirDefault);
  const reach = reachOf(runsDir === undefined ? process.env : {}, folder);
  if (reach === null) {
    checkRunsDir(folder);
    return work(await folderAccess(folder));
  }
  await using operator = await connectTo(reach, process.env);
  try {
    // Awaited here: the connection closes when this function ends.
    return await work(evaluatorAccess(operator));
  } catch (error) {
    throw (error as Error).name === "NoRespondersError" ? noEvaluator(error) : error;
  }
}

function evaluatorAccess({ messenger }: Operator): RunsAccess {
  const { runs, figures, remove } = subjects.evaluator;
  const list = async () =>
    (await messenger.ask(messages.listRuns, messages.runList, runs, {}, answerMsMax)).fields.runs;
  const figuresOf = async (run: string, goal: Condition): Promise<RunFigures[]> => {
    try {
      const asked = await messenger.ask(
        messages.askFigures,
        messages.runFigures,
        figures,
        { run, goal },
        answerMsMax,
      );
      const { ok: _ok, ...fields } = asked.fields;
      return [fields];
    } catch (error) {
      // The run was removed after it was listed.
      if ((error as { code?: unknown }).code === "RUN") return [];
      throw error;
    }
  };
  return {
    list,
    async figures(goal) {
      const found: RunFigures[] = [];
      // One at a time, since each may mean reading a large file.
      for (const { run } of await list()) found.push(...(await figuresOf(run, goal)));
      return found;
    },
    sweeps: () => askSweeps(messenger),
    async sweep(name) {
      const sweep = await sweepIfThere(messenger, name);
      return sweep ? { sweep, runs: await askStandings(messenger, name) } : null;
    },
    async remove(run) {
      try {
        await messenger.ask(messages.removeRun, messages.done, remove, { run }, answerMsMax);
      } catch (error) {
        if ((error as { code?: unknown }).code !== "RUN") throw error;
        const names = (await list()).map((one) => one.run);
        throw noRunOf(run, "the evaluator's folder", names);
      }
    },
  };
}

function noEvaluator(cause: unknown): CommandError {
  return new CommandError("Cannot ask the evaluator: none is in", { cause });
}

async function folderAccess(folder: string): Promise<RunsAccess> {
  const { listFigures, listRuns, readStandings, readSweep, removeRun, sweepNames } = await import(
    "@memnet/runs"
  );
  const { systemDisk } = await import("@memnet/service/disk");
  return {
    list: () => listRuns(systemDisk, folder),
    figures: (goal) => listFigures(systemDisk, folder, goal),
    sweeps: () => sweepNames(systemDisk, folder),
    async sweep(name) {
      const sweep = await readSweep(systemDisk, folder, name);
      return sweep ? { sweep, runs: await readStandings(systemDisk, folder, sweep) } : null;
    },
    // No launcher runs here and no NATS is known, so no actor can hold the run.
    async remove(run) {
      if (!hasRun(folder, run)) throw noSuchRun(folder, run);
      await removeRun(systemDisk, folder, run, async () => null);
    },
  };
}
