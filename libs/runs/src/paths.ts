/** The paths of a run's files. */

import { join } from "node:path";

export interface RunPaths {
  readonly folder: string;
  readonly config: string;
  readonly doubts: string;
  readonly epochs: string;
  readonly state: string;
  readonly metrics: string;
  readonly note: string;
  readonly log: string;
  readonly checkpoints: string;
  readonly best: string;
  readonly setAside: string;
}

export function runPaths(root: string, run: string): RunPaths {
  return pathsIn(join(root, run));
}

export function pathsIn(folder: string): RunPaths {
  return {
    folder,
    config: join(folder, "config.json"),
    doubts: join(folder, "doubts.json"),
    epochs: join(folder, "epochs"),
    state: join(folder, "state"),
    metrics: join(folder, "metrics.jsonl"),
    note: join(folder, "note.json"),
    log: join(folder, "run.log"),
    checkpoints: join(folder, "checkpoints"),
    best: join(folder, "best.safetensors"),
    setAside: join(folder, "set-aside"),
  };
}

export function checkpointPath(paths: RunPaths, step: number): string {
  return join(paths.checkpoints, `${step}.safetensors`);
}

/** Returns the steps of the checkpoint file names, ascending; ignores other names. */
export function stepsOf(names: readonly string[]): number[] {
  return numbersOf(names, /^(0|[1-9]\d{0,14})\.safetensors$/);
}

/** Returns the numbers in the names that match, ascending. */
export function numbersOf(names: readonly string[], pattern: RegExp): number[] {
  return names
    .map((name) => pattern.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
}

/**
 * Returns the name for a run that is being removed. If a crash leaves such a folder behind, the next evaluator deletes
 * it.
 */
export function removedName(run: string, wallMs: number): string {
  return `.removed-${wallMs}-${run}`;
}
