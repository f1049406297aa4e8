/** Reads a run's files and indexes the lines of metrics.jsonl, as the basis for summaries and comparisons. */

import type { Disk } from "@memnet/service";
import { DamagedRunError } from "./errors.ts";
import { addToIndex, eachLine, emptyIndex, type LineIndex } from "./lines.ts";
import { runPaths } from "./paths.ts";
import { readConfig, readIfThere, readState, readSteps, type StoredState } from "./run-files.ts";
import type { StoredConfig } from "./stored-config.ts";

export interface Indexed {
  readonly config: StoredConfig;
  readonly state: StoredState;
  readonly index: LineIndex;
  /** Steps that have a checkpoint file, ascending. */
  readonly checkpoints: readonly number[];
}

/** Reads a run without writing anything; undefined if the folder holds no readable run. */
export async function readIndexed(disk: Disk, root: string, run: string): Promise<Indexed | undefined> {
  const paths = runPaths(root, run);
  try {
    const config = await readConfig(disk, run, paths);
    const [state, checkpoints] = [await readState(disk, paths), await readSteps(disk, paths)];
    const index = emptyIndex();
    await eachLine((await readIfThere(disk, paths.metrics)) ?? new Uint8Array(0), (line) =>
      addToIndex(index, line),
    );
    return { config, state, index, checkpoints };
  } catch (error) {
    if (error instanceof DamagedRunError) return undefined;
    throw error;
  }
}
