/** A run as its files have it, the lines of metrics.jsonl gathered: what a summary and a comparison are made of. */

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
  /** Steps that have a file, ascending. */
  readonly checkpoints: readonly number[];
}

/** Without writing anything; undefined where the folder holds no run that can be read. */
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
