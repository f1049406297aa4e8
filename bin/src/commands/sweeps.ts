/** memnet sweeps: lists sweeps and compares the points of one; memnet sweeps stop takes its runs out of the queue. */

import { openQueue } from "@memnet/service";
import {
  CommandError,
  connectionFrom,
  connectOperator,
  exitCodes,
  say,
  table,
  UsageError,
  whole,
} from "@memnet/terminal";
import { conditionText, didYouMean } from "memnet";
import { checkRunName, runsDirDefault } from "../configure/runs-dir.ts";
import type { Define } from "../define.ts";
import { type SweepStanding, withRuns } from "../runs-access.ts";
import { memnetCommand } from "../shell.ts";
import { askStandings } from "../sweep/standings.ts";
import { stopRun } from "../sweep/stop-run.ts";
import { isOver, pointStandings, sweepText } from "../text/sweep.ts";

interface Flags {
  readonly json?: true;
  readonly runsDir?: string;
}

const whose =
  "the evaluator is asked over NATS_URL or this folder's launcher; without one the folder is read";

export const define: Define = (command, finish) => {
  command
    .description("Lists the sweeps, or compares the points of one over their seeds.")
    .argument("[name]", "a sweep's name")
    .option("--json", "print JSON")
    .option("--runs-dir <folder>", `where runs are kept (default: ${runsDirDefault}); ${whose}`)
    .addHelpText(
      "after",
      "\nExamples:\n  memnet sweeps\n  memnet sweeps rates --json\n  memnet sweeps stop rates",
    )
    .action(async (name: string | undefined, flags: Flags) => {
      if (name !== undefined) checkRunName(name);
      say(await (name === undefined ? listIn(flags) : oneIn(name, flags)));
      finish(exitCodes.done);
    });
  command
    .command("stop")
    .description(
      "On a cluster: takes a sweep's runs out of the queue, and stops those that workers train, after a checkpoint. " +
        "The command that began the sweep resumes it.",
    )
    .argument("<name>", "the sweep's name")
    .exitOverride()
    .addHelpText("after", "\nExample:\n  memnet sweeps stop rates")
    .action(async (name: string) => finish(await stop(checkRunName(name))));
};

async function listIn({ json, runsDir }: Flags): Promise<string> {
  const all = await withRuns(runsDir, async (access) => {
    const found: SweepStanding[] = [];
    // One at a time, since each may mean reading many files.
    for (const name of await access.sweeps()) found.push(...[(await access.sweep(name)) ?? []].flat());
    return found;
  });
  if (json) return JSON.stringify(all);
  if (all.length === 0) return "There are no sweeps yet.";
  return table(
    ["sweep", ">points", ">seeds", ">runs", ">over", ">failed", ">solved", "goal"],
    all.map(({ sweep, runs }) => [
      sweep.name,
      whole(sweep.points.length),
      whole(sweep.seeds.length),
      whole(runs.length),
      whole(runs.filter(isOver).length),
      whole(runs.filter(({ state }) => state === "failed").length),
      whole(runs.filter(({ reached }) => reached !== null).length),
      conditionText(sweep.goal),
    ]),
  );
}

async function oneIn(name: string, { json, runsDir }: Flags): Promise<string> {
  const one = await withRuns(runsDir, async (access) => {
    const found = await access.sweep(name);
    if (found) return found;
    const meant = didYouMean(name, await access.sweeps());
    const list = `; \`${memnetCommand(["sweeps"])}\` lists them`;
    throw new UsageError(`There is no sweep ${name} here${meant || list}`);
  });
  if (!json) return sweepText(one.sweep, one.runs);
  return JSON.stringify({ ...one.sweep, points: pointStandings(one.sweep, one.runs) });
}

async function stop(name: string): Promise<number> {
  if (!process.env.NATS_URL)
    throw new UsageError("Cannot stop a sweep without NATS_URL: on one machine, Ctrl-C stops its command");
  await using operator = await connectOperator(await connectionFrom(process.env));
  const queue = await openQueue(operator.messenger.bus);
  const queued = await queue.runs(name);
  await queue.clear(name);
  const standings = await askStandings(operator.messenger, name).catch((cause) => {
    throw new CommandError(`Cannot stop sweep ${name}: ${(cause as Error).message}`, { cause });
  });
  const training = standings.filter(({ state }) => state === "training" || state === "waiting");
  const stopped = await Promise.all(training.map(({ run }) => stopRun(operator.messenger, run)));
  const count = stopped.filter(Boolean).length;
  say(`Took ${whole(queued.size)} runs out of the queue, and stopped ${whole(count)} of them`);
  return exitCodes.done;
}
