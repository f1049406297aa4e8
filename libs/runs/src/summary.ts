/** Summarises a run in one line for `memnet runs`, with and without an evaluator. */

import { isUnderWay, type RunSummary } from "@memnet/protocol";
import type { Disk } from "@memnet/service";
import { bestOf } from "./best.ts";
import { validation } from "./due.ts";
import { type Indexed, readIndexed } from "./indexed.ts";
import type { EvaluationLine } from "./lines.ts";
import { type Note, noNote, readNote } from "./notes.ts";
import { runPaths } from "./paths.ts";
import { type Spikes, spikesOf } from "./spikes.ts";

/** @param note of the run, which is in a file of its own */
export function summary(
  run: string,
  { config, state, index, checkpoints }: Indexed,
  note: Note = noNote,
): RunSummary {
  const { training, operation } = config;
  return {
    run,
    state: state.state,
    step: checkpoints.at(-1) ?? 0,
    steps: operation.steps,
    audited: index.audited,
    best: bestOf(index.evaluations) ?? null,
    spikes: spikesIn(index.evaluations),
    note: { text: note.text, tags: [...note.tags] },
    model: training.model,
    task: training.task.name,
  };
}

/** Returns the spikes of the validation loss. @param evaluations in any order */
export function spikesIn(evaluations: readonly EvaluationLine[]): Spikes {
  const measured = evaluations.filter(({ split }) => split === validation);
  return spikesOf(measured.sort((a, b) => a.step - b.step));
}

/** Reads a run's summary without writing anything; undefined if the folder holds no readable run. */
export async function readSummary(disk: Disk, root: string, run: string): Promise<RunSummary | undefined> {
  const read = await readIndexed(disk, root, run);
  return read && summary(run, read, await readNote(disk, runPaths(root, run)));
}

/** Corrects the state of a run that no coordinator holds: it is not training, whatever its state file says. */
export function unheld(one: RunSummary): RunSummary {
  return isUnderWay(one.state) ? { ...one, state: "stopped" } : one;
}
