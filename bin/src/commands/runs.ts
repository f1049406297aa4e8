/** memnet runs: lists and compares the runs of a folder; memnet runs rm removes some. */

import type { RunSummary } from "@memnet/protocol";
import { goalDefault } from "@memnet/runs";
import { complain, ending, exitCodes, figure, say, table, UsageError, whole } from "@memnet/terminal";
import type { Command } from "commander";
import { conditionText, parseCondition } from "memnet";
import { checkRunName, runsDirDefault } from "../configure/runs-dir.ts";
import type { Define } from "../define.ts";
import { type RunsAccess, withRuns } from "../runs-access.ts";
import { groupsOf } from "../seeds/groups.ts";
import { groupsText } from "../text/groups.ts";

interface Flags {
  readonly json?: true;
  readonly summary?: true;
  readonly goal?: string;
  readonly runsDir?: string;
}

const whose =
  "the evaluator is asked over NATS_URL or this folder's launcher; without one the folder is read";

const none = "There are no runs yet.";

export const define: Define = (command, finish) => {
  command
    .description(
      "Lists the runs with step, best result on the validation stream, spikes of the validation loss and state. " +
        "A step is audited if other trainers computed all of it again. With --summary, groups those that differ in " +
        "nothing of their training configuration but the seed, and says of each group the median, lowest and highest " +
        "of what its runs have reached.",
    )
    .option("--summary", "compare the runs, by group")
    .option("--goal <condition>", `what --summary counts the steps to (default: '${goalDefault}')`)
    .option("--json", "print the list, or the summary, as JSON")
    .option("--runs-dir <folder>", `where runs are kept (default: ${runsDirDefault}); ${whose}`)
    .addHelpText(
      "after",
      `
A figure is over the runs that have it: the last column says how many those are.

Examples:
  memnet runs
  memnet runs --summary --goal 'exact>=0.99'
  memnet runs rm copy-7 copy-8`,
    )
    .action(async (flags: Flags) => {
      say(flags.summary ? await summaryIn(flags) : await listIn(flags));
      finish(exitCodes.done);
    });
  command
    .command("rm")
    .description("Removes runs with all their files; one that is being trained is refused.")
    .argument("<runs...>", "their names")
    .option("--runs-dir <folder>", `where runs are kept (default: ${runsDirDefault}); ${whose}`)
    .exitOverride()
    .addHelpText(
      "after",
      "\nExit codes: 0 all removed, 1 one was not, 2 there is no run of that name.\n\nExample:\n  memnet runs rm copy-7",
    )
    .action(async (names: string[], _flags: unknown, self: Command) => {
      for (const name of names) checkRunName(name);
      const { runsDir } = self.optsWithGlobals<{ runsDir?: string }>();
      finish(await withRuns(runsDir, (access) => removeAll(access, names)));
    });
};

async function listIn({ json, goal, runsDir }: Flags): Promise<string> {
  if (goal !== undefined) {
    throw new UsageError(`Cannot use --goal alone: --summary counts the steps to it, got ${goal}`);
  }
  const runs = await withRuns(runsDir, (access) => access.list());
  if (json) return JSON.stringify(runs);
  return runs.length === 0 ? none : runsText(runs);
}

async function summaryIn({ json, goal: written = goalDefault, runsDir }: Flags): Promise<string> {
  const goal = parseCondition(written, "--goal");
  const groups = groupsOf(await withRuns(runsDir, (access) => access.figures(goal)));
  if (json) return JSON.stringify({ goal: conditionText(goal), groups });
  return groups.length === 0 ? none : groupsText(groups, goal);
}

/** Formats the table of runs. Pure. */
export function runsText(runs: readonly RunSummary[]): string {
  const spiked = runs.some(({ spikes }) => spikes.count > 0);
  const whereSpiked = (cell: string) => (spiked ? [cell] : []);
  const noted = runs.some(({ note }) => noteText(note) !== "");
  const whereNoted = (cell: string) => (noted ? [cell] : []);
  return table(
    [
      ...["run", "model", "task", ">step", ">of", ">best at", ">wrong bits", ">loss bits"],
      ...whereSpiked("spikes"),
      ">unaudited from",
      "state",
      ...whereNoted("tags, note"),
    ],
    runs.map(({ run, model, task, step, steps, audited, best, spikes, note, state }) => [
      run,
      model,
      task,
      whole(step),
      whole(steps),
      ...(best ? [whole(best.step), figure(best.wrongBits), figure(best.lossBits)] : ["", "", ""]),
      ...whereSpiked(spikesText(spikes)),
      audited < step ? whole(audited + 1) : "",
      state,
      ...whereNoted(noteText(note)),
    ]),
  );
}

/** Formats spikes as `5, last at 15,000`; empty if there are none. */
function spikesText({ count, last }: RunSummary["spikes"]): string {
  return last === null ? "" : `${whole(count)}, last at ${whole(last)}`;
}

/** More would wrap in most terminals; `memnet note RUN` shows all. */
const noteShownMax = 40;

/** Formats the tags and the first line of the note. */
function noteText({ text, tags }: RunSummary["note"]): string {
  const [line = ""] = text.split("\n");
  const short = line.length > noteShownMax ? `${line.slice(0, noteShownMax)}…` : line;
  return [...tags.map((tag) => `#${tag}`), short].filter((part) => part !== "").join(" ");
}

async function removeAll(access: RunsAccess, names: readonly string[]): Promise<number> {
  let code: number = exitCodes.done;
  for (const name of names) {
    try {
      await access.remove(name);
      say(`Removed ${name}`);
    } catch (error) {
      if ((error as Error).name === "NoRespondersError") throw error;
      const ended = ending(error);
      complain(ended.text);
      code = ended.code;
    }
  }
  return code;
}
