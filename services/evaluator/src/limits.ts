/** The most bytes that the parts of a run's snapshot can have, known before any of them is pulled. */

import { blobBytesMax, RefusedError } from "@memnet/protocol";
import { builtInTask, checkpointBytesMax, modelOf } from "memnet";
import type { RunFolder } from "./run-folder.ts";

/** A step line has some 140 characters at most: four numbers of 25 digits and their names. */
const recordBytesMax = 256;
/** For lines that a coordinator sends again. */
const repeatedBytesMax = 64 * 1024;

export interface SnapshotLimits {
  readonly checkpoint: number;
  readonly records: number;
}

/**
 * Returns the limits of a step's snapshot. Its records are those since the snapshot before.
 *
 * @throws RefusedError SIZE if the run has no such step
 */
export function snapshotLimits(
  run: Pick<RunFolder, "name" | "config" | "checkpoints">,
  step: number,
): SnapshotLimits {
  const { training, operation } = run.config;
  const last = Math.max(operation.steps, run.checkpoints.at(-1) ?? 0);
  if (step > last)
    throw new RefusedError("SIZE", `A step of run ${run.name} must be at most ${last}, got ${step}`);
  const before = run.checkpoints.findLast((kept) => kept < step) ?? 0;
  return {
    checkpoint: checkpointMax(training),
    records: repeatedBytesMax + (step - before) * recordBytesMax,
  };
}

/** The widths of a user's own task are known only where its file is. */
function checkpointMax(training: RunFolder["config"]["training"]): number {
  if (training.task.sha256 !== undefined) return blobBytesMax;
  return checkpointBytesMax(modelOf(training, builtInTask(training.task.name)), training.optimizer);
}
