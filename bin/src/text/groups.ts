/** Formats groups of runs, with a table for each or one for all. */

import type { Spread } from "@memnet/runs";
import { figure, share, table, whole } from "@memnet/terminal";
import { type Condition, conditionText } from "memnet";
import type { Group, SeedRun } from "../seeds/groups.ts";

/** As many names as fit on a line or two; --json lists them all. */
const namedMax = 8;

export function groupsText(groups: readonly Group[], goal: Condition): string {
  return groups.map((group) => groupText(group, conditionText(goal))).join("\n\n");
}

function groupText(group: Group, goal: string): string {
  const { runs, spreads } = group;
  const reached = runs.filter((run) => run.reached !== null);
  const others = runs.filter((run) => run.reached === null);
  const rows = [
    row(`step of ${goal}`, spreads.reached, whole),
    row("sequences up to it", spreads.sequences, whole),
    row("wrong bits at the best", spreads.wrongBits, figure),
    row("exact at the best", spreads.exact, share),
    ...spreads.beyond.map(({ split, exact }) => row(`exact at ${split}, last`, exact, share)),
  ];
  return [
    `${nameText(group)}: ${runs.length} run${runs.length === 1 ? "" : "s"}, ${reached.length} reached ${goal}`,
    ...table(["", ">median", ">lowest", ">highest", ">runs"], rows)
      .split("\n")
      .map((line) => `  ${line}`),
    ...(reached.length > 0 ? [`  reached by    ${runNames(reached)}`] : []),
    ...(others.length > 0 ? [`  not reached   ${runNames(others)}`] : []),
  ].join("\n");
}

/** The preset, or else model and task, followed by the settings that distinguish the group from similar ones. */
function nameText({ preset, model, task, settings }: Group): string {
  const differing = Object.entries(settings).map(([path, value]) => `${path}=${value}`);
  return [preset ?? `${model} on ${task}`, ...differing].join(", ");
}

function row(name: string, spread: Spread | null, text: (value: number) => string): string[] {
  if (!spread) return [name, "", "", "", "0"];
  const { median, lowest, highest, runs } = spread;
  return [name, text(median), text(lowest), text(highest), whole(runs)];
}

function runNames(runs: readonly SeedRun[]): string {
  const names = runs.slice(0, namedMax).map(({ run }) => run);
  const more = runs.length - names.length;
  return `${names.join(", ")}${more > 0 ? ` and ${whole(more)} more` : ""}`;
}
