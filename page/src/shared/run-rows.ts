/** Searches, filters and orders the table of runs. */

import type { ListedRun } from "./api.ts";
import { type SortValue, sortedBy } from "./order.ts";

const values = {
  run: ({ run }) => run,
  state: ({ state }) => state,
  step: ({ step }) => step,
  wrongBits: ({ atBest }) => atBest?.wrongBits,
  lossBits: ({ atBest }) => atBest?.lossBits,
  exact: ({ atBest }) => atBest?.exact,
  seed: ({ seed }) => seed,
  settings: (run) => settingsText(run) || undefined,
  seconds: ({ seconds }) => seconds ?? undefined,
  created: ({ created }) => created,
} satisfies Record<string, (run: ListedRun) => SortValue>;

export type RunColumn = keyof typeof values;

export interface RunOrder {
  readonly by: RunColumn;
  readonly isDown: boolean;
}

/** What is wanted of a run; empty is anything. */
export interface RunFilter {
  /** Words that the run's name, model, task, settings, tags and note must all contain. */
  readonly search: string;
  readonly state: string;
  readonly task: string;
  readonly tag: string;
}

/** @returns the wanted runs in order; without an order as they come, which is the newest first */
export function wantedRuns(
  runs: readonly ListedRun[],
  filter: RunFilter,
  order: RunOrder | null,
): ListedRun[] {
  const words = filter.search.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = runs.filter((run) => {
    const { state, task, note } = run;
    if (filter.state !== "" && state !== filter.state) return false;
    if (filter.task !== "" && task !== filter.task) return false;
    if (filter.tag !== "" && !note.tags.includes(filter.tag)) return false;
    if (words.length === 0) return true;
    const text = searchText(run).toLowerCase();
    return words.every((word) => text.includes(word));
  });
  return order ? sortedBy(wanted, values[order.by], order.isDown) : wanted;
}

function searchText(run: ListedRun): string {
  const { network, task, state, note } = run;
  const tags = note.tags.map((tag) => `#${tag}`);
  return [run.run, network, task, state, settingsText(run), ...tags, note.text].join("\n");
}

/** Returns the settings in which a run differs from others of its model and task, such as `memory.slots=64`. */
export function settingsText({ settings }: Pick<ListedRun, "settings">): string {
  return Object.entries(settings)
    .map(([path, value]) => `${path}=${value}`)
    .join(", ");
}

/** Parses an order such as `-wrongBits`; null if it is none. */
export function orderIn(text: string | null): RunOrder | null {
  const [, minus, by = ""] = /^(-?)(\w+)$/.exec(text ?? "") ?? [];
  return Object.hasOwn(values, by) ? { by: by as RunColumn, isDown: minus === "-" } : null;
}

export function orderText(order: RunOrder | null): string | null {
  return order && `${order.isDown ? "-" : ""}${order.by}`;
}
