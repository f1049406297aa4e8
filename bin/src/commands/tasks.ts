/** memnet tasks: shows episodes of a task, without a model. */

import { exitCodes, isTerminal, say, sayJson, table, terminalColumns, UsageError } from "@memnet/terminal";
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
import { episodeRecord, planesOf } from "../episode.ts";
import { episodePicture, legendWithoutOutput } from "../text/picture.ts";

interface Flags {
  readonly set: string[];
  readonly seed: string;
  readonly episodes: string;
  readonly json?: true;
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
    .option("--json", "print the tasks, or the episodes, as JSON: input and target by time and channel")
    .addHelpText("after", "\nExample:\n  memnet tasks repeat-copy --set repeats=3 --episodes 1")
    .action(async (task: string | undefined, flags: Flags) => {
      if (task === undefined) listTasks(flags);
      else await showEpisodes(task, flags);
      finish(exitCodes.done);
    });
};

function listTasks({ json }: Flags): void {
  if (json) sayJson(builtInTasks.map(({ name, settings, beyond }) => ({ name, settings, beyond })));
  else say(tasksText(builtInTasks));
}

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

async function showEpisodes(nameOrFile: string, flags: Flags): Promise<void> {
  const { task } = await loadTask(nameOrFile);
  const settings = settingsFor(task, flags.set);
  await loadTask(nameOrFile, settings);
  const seed = wholeOf("--seed", flags.seed, 0, Number.MAX_SAFE_INTEGER);
  const count = wholeOf("--episodes", flags.episodes, 1, 1000);
  const channels = channelsOf(task, settings);
  const batches = Array.from({ length: count }, (_, from) =>
    makeBatch(task, settings, { seed, stream: streams.test, step: 0, from, sequences: 1 }),
  );
  const episodes = batches.map((batch) => planesOf(batch, channels));
  if (flags.json) {
    sayJson({ name: task.name, settings, seed, channels, episodes: episodes.map(episodeRecord) });
    return;
  }
  const columns = isTerminal() ? terminalColumns() : undefined;
  const pictures = episodes.map(
    (episode, index) =>
      `episode ${index + 1}, ${episode.input.times} times\n${episodePicture(episode, columns)}`,
  );
  say([`${task.name}: ${settingsText(settings)}`, legendWithoutOutput, ...pictures].join("\n\n"));
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
