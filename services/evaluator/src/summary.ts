/** A run in one line: for `memnet runs`, with and without an evaluator. */

import type { RunSummary } from "@memnet/protocol";
import type { Disk } from "@memnet/service";
import { bestOf } from "./best.ts";
import { DamagedRunError } from "./errors.ts";
import { addToIndex, eachLine, emptyIndex, type LineIndex } from "./lines.ts";
import { runPaths } from "./paths.ts";
import { readConfig, readIfThere, readState, readSteps, type StoredState } from "./run-files.ts";
import type { StoredConfig } from "./stored-config.ts";

interface Summarised {
  readonly config: StoredConfig;
  readonly state: StoredState;
  readonly index: LineIndex;
  readonly checkpoints: readonly number[];
}

export function summary(run: string, { config, state, index, checkpoints }: Summarised): RunSummary {
  const { training, operation } = config;
  return {
    run,
    state: state.state,
    step: checkpoints.at(-1) ?? 0,
    steps: operation.steps,
    best: bestOf(index.evaluations) ?? null,
    model: training.model,
    task: training.task.name,
  };
}

/** Without writing anything; undefined where the folder holds no run that can be read. */
export async function readSummary(disk: Disk, root: string, run: string): Promise<RunSummary | undefined> {
  const paths = runPaths(root, run);
  try {
    const config = await readConfig(disk, run, paths);
    const [state, checkpoints] = [await readState(disk, paths), await readSteps(disk, paths)];
    const index = emptyIndex();
    await eachLine((await readIfThere(disk, paths.metrics)) ?? new Uint8Array(0), (line) =>
      addToIndex(index, line),
    );
    return summary(run, { config, state, index, checkpoints });
  } catch (error) {
    if (error instanceof DamagedRunError) return undefined;
    throw error;
  }
}

/** A run that nobody holds is not training, whatever its state file says. */
export function unheld(one: RunSummary): RunSummary {
  return one.state === "waiting" || one.state === "training" ? { ...one, state: "stopped" } : one;
}
