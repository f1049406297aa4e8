/** memnet tasks: shows episodes of a task, without a model. */

import { exitCodes, isTerminal, say, table, terminalColumns, UsageError } from "@memnet/terminal";
import { Option } from "commander";
import {
  builtInTasks,
  channelsOf,
  makeBatch,
  merged,
  runConfig,
  type Settings,
  settingsText,
  streams,
  type Task,
  type TaskSettings,
  taskSettings,
  withSetting,
} from "memnet";
import { wholeOf } from "../configure/flags.ts";
import { loadTask } from "../configure/task.ts";
import type { Define } from "../define.ts";
import { planesOf } from "../episode.ts";
import { episodePicture, legendWithoutOutput } from "../text/picture.ts";

interface Flags {
  readonly set: string[];
  readonly seed: string;
  readonly episodes: string;
}

export const define: Define = (command, finish) => {
  command
    .description(
      "Shows episodes of a task with no model; without a name lists the tasks and their settings. A file of your own is " +
        "tried first, as training does: what it breaks is named, and the command ends with 2.",
    )
    .argument("[task]", "a task's name, or a file of your own: ./mine.ts")
    .option("--episodes <number>", "how many to show", "3")
    .option("--seed <number>", "of the episodes", "1")
    .addOption(
      new Option("--set <name=value>", "a setting of the task, as length=1..20; repeatable")
        .argParser((value: string, before: string[]) => [...before, value])
        .default([], "the task's own"),
    )
    .addHelpText("after", "\nExample:\n  memnet tasks repeat-copy --set repeats=3 --episodes 1")
    .action(async (task: string | undefined, flags: Flags) => {
      say(task === undefined ? tasksText(builtInTasks) : await episodesText(task, flags));
      finish(exitCodes.done);
    });
};

/** Formats the table of tasks and their settings. Pure. */
export function tasksText(tasks: readonly Task[]): string {
  return table(
    ["task", "settings", "beyond training"],
    tasks.map(({ name, settings, beyond }) => [
      name,
      settingsText(settings),
      Object.entries(beyond)
        .map(([setting, values]) => `${setting} ${values.join(", ")}`)
        .join("; "),
    ]),
  );
}

async function episodesText(nameOrFile: string, flags: Flags): Promise<string> {
  const { task } = await loadTask(nameOrFile);
  const settings = settingsFor(task, flags.set);
  await loadTask(nameOrFile, settings);
  const seed = wholeOf("--seed", flags.seed, 0, Number.MAX_SAFE_INTEGER);
  const episodes = wholeOf("--episodes", flags.episodes, 1, 1000);
  const columns = isTerminal() ? terminalColumns() : undefined;
  const names = channelsOf(task, settings);
  const pictures = Array.from({ length: episodes }, (_, from) => {
    const batch = makeBatch(task, settings, { seed, stream: streams.test, step: 0, from, sequences: 1 });
    const picture = episodePicture(planesOf(batch, names), columns);
    return `episode ${from + 1}, ${batch.times} times\n${picture}`;
  });
  return [`${task.name}: ${settingsText(settings)}`, legendWithoutOutput, ...pictures].join("\n\n");
}

/** Returns the task's settings, checked like those of a run. */
function settingsFor(task: Task, assignments: readonly string[]): TaskSettings {
  // Any model will do here, since only the task's settings are used.
  let settings: Settings = {
    model: "ntm",
    engine: "auto",
    controller: { hidden: 1 },
    memory: { slots: 1, width: 1 },
    heads: { reads: 1, writes: 1 },
    task: { name: task.name },
  };
  for (const assignment of assignments) {
    const path = assignment.replace(/^task\./, "");
    const next = withSetting(settings, `task.${path}`);
    if (path.startsWith("name=")) throw new UsageError("Cannot set a task's name: give another task instead");
    settings = merged(settings, next);
  }
  return taskSettings(runConfig(settings, task).training);
}
