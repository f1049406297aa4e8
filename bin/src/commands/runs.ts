/** memnet runs: what lies in a runs folder; memnet runs rm. */

import { resolve } from "node:path";
import { messages, type RunSummary, subjects } from "@memnet/protocol";
import type { Command } from "commander";
import { checkRunName, runsDirDefault } from "../configure/runs-dir.ts";
import type { Define } from "../define.ts";
import { CommandError, ending, exitCodes } from "../exit.ts";
import { addressFor, connectionFrom, connectOperator, type Operator } from "../operator.ts";
import { complain, say } from "../output.ts";
import { figure, whole } from "../text/figures.ts";
import { table } from "../text/table.ts";

/** The evaluator reads each run's folder; many runs on a slow disk take a while. */
const answerMsMax = 10_000;

const whose =
  "the evaluator is asked over NATS_URL or this folder's launcher; without one the folder is read";

export const define: Define = (command, finish) => {
  command
    .description("Lists the runs with step, best result on the validation stream and state.")
    .option("--json", "print the list as JSON")
    .option("--runs-dir <folder>", `where runs are kept (default: ${runsDirDefault}); ${whose}`)
    .addHelpText("after", "\nExamples:\n  memnet runs\n  memnet runs rm copy-7 copy-8")
    .action(async (flags: { json?: true; runsDir?: string }) => {
      const { runs } = await withRuns(flags.runsDir, (access) => access.list());
      say(flags.json ? JSON.stringify(runs) : runs.length === 0 ? "There are no runs yet." : runsText(runs));
      finish(exitCodes.done);
    });
  command
    .command("rm")
    .description("Removes runs with all their files; one that is being trained is refused.")
    .argument("<runs...>", "their names")
    .option("--runs-dir <folder>", `where runs are kept (default: ${runsDirDefault}); ${whose}`)
    .exitOverride()
    .addHelpText("after", "\nExit codes: 0 all removed, 1 one was not.\n\nExample:\n  memnet runs rm copy-7")
    .action(async (names: string[], _flags: unknown, self: Command) => {
      for (const name of names) checkRunName(name);
      const { runsDir } = self.optsWithGlobals<{ runsDir?: string }>();
      finish(await withRuns(runsDir, (access) => removeAll(access, names)));
    });
};

/** The table of runs: pure. */
export function runsText(runs: readonly RunSummary[]): string {
  return table(
    ["run", "model", "task", ">step", ">of", ">best at", ">wrong bits", ">loss bits", "state"],
    runs.map(({ run, model, task, step, steps, best, state }) => [
      run,
      model,
      task,
      whole(step),
      whole(steps),
      ...(best ? [whole(best.step), figure(best.wrongBits), figure(best.lossBits)] : ["", "", ""]),
      state,
    ]),
  );
}

interface Access {
  list(): Promise<{ runs: readonly RunSummary[] }>;
  remove(run: string): Promise<unknown>;
}

async function removeAll(access: Access, names: readonly string[]): Promise<number> {
  let code: number = exitCodes.done;
  for (const name of names) {
    try {
      await access.remove(name);
      say(`Removed ${name}`);
    } catch (error) {
      if ((error as Error).name === "NoRespondersError") throw error;
      complain(ending(error).text);
      code = exitCodes.failure;
    }
  }
  return code;
}

/** A folder that is named is read, or its launcher asked, whatever NATS_URL says. */
async function withRuns<T>(runsDir: string | undefined, work: (access: Access) => Promise<T>): Promise<T> {
  const folder = resolve(runsDir ?? runsDirDefault);
  const address = addressFor(runsDir === undefined ? process.env : {}, folder);
  if (address === null) return work(await folderAccess(folder));
  await using operator = await connectOperator(await connectionFrom(process.env, address));
  try {
    // Awaited here: the connection closes when this function ends.
    return await work(evaluatorAccess(operator));
  } catch (error) {
    throw (error as Error).name === "NoRespondersError" ? noEvaluator(error) : error;
  }
}

function evaluatorAccess({ messenger }: Operator): Access {
  const { runs, remove } = subjects.evaluator;
  return {
    list: async () =>
      (await messenger.ask(messages.listRuns, messages.runList, runs, {}, answerMsMax)).fields,
    remove: (run) => messenger.ask(messages.removeRun, messages.done, remove, { run }, answerMsMax),
  };
}

function noEvaluator(cause: unknown): CommandError {
  return new CommandError("Cannot ask the evaluator: none is in", { cause });
}

async function folderAccess(folder: string): Promise<Access> {
  const { listRuns, removeRun } = await import("@memnet/evaluator");
  const { systemDisk } = await import("@memnet/service");
  return {
    list: async () => ({ runs: await listRuns(systemDisk, folder) }),
    // No launcher runs here, and no NATS is known: nobody can be asked.
    remove: (run) => removeRun(systemDisk, folder, run, async () => null),
  };
}
