/**
 * Finds out which of a run's checkpoints can be used. The survey changes nothing; unusable checkpoints are quarantined
 * afterwards.
 */

import { DamagedRunError } from "@memnet/runs";
import { type Context, note } from "./context.ts";
import { OtherConfigurationError } from "./errors.ts";
import type { ReadCheckpoint, RunFolder } from "./run-folder.ts";

export interface Survey {
  /** The newest usable checkpoint; null if the run starts from its initial parameters. */
  readonly newest: ({ readonly step: number } & ReadCheckpoint) | null;
  /** Newer checkpoints, which are damaged or missing; newest first. */
  readonly unusable: readonly { readonly step: number; readonly why: string }[];
}

/**
 * Checks a run's checkpoints, newest first, until one can be used.
 *
 * @param before considers only checkpoints before this step; null considers all
 * @throws OtherConfigurationError if a checkpoint was made with other settings than config.json has, since neither of
 *   the two is damaged then. DamagedRunError if steps were trained and no checkpoint can be used, since a fault in all
 *   of them is not damage to one.
 */
export async function surveyed(run: RunFolder, before: number | null = null): Promise<Survey> {
  const counts = (step: number) => before === null || step < before;
  const steps = [...new Set([...run.checkpoints, ...recordedAfterNewest(run)])].filter(counts);
  const unusable: { step: number; why: string }[] = [];
  for (const step of steps.sort((a, b) => b - a)) {
    try {
      return { newest: { step, ...(await readRecorded(run, step)) }, unusable };
    } catch (error) {
      if (!(error instanceof DamagedRunError)) throw error;
      unusable.push({ step, why: error.why });
    }
  }
  const [newest] = unusable;
  if (newest && newest.step > 0) {
    const all = unusable.length === 1 ? "its only checkpoint" : `none of its ${unusable.length} checkpoints`;
    const can = unusable.length === 1 ? "cannot be used" : "can be used";
    throw new DamagedRunError(
      run.name,
      `${all} ${can}: ${newest.why}. Nothing was changed. Restore ${run.paths.checkpoints} from a copy, or remove the ` +
        "run to train it again from step 0",
    );
  }
  return { newest: null, unusable };
}

/**
 * Returns recorded steps newer than every existing checkpoint. Thinning never removes the newest, so those are missing.
 */
function recordedAfterNewest({ checkpoints, index }: RunFolder): number[] {
  const newest = checkpoints.at(-1) ?? -1;
  return [...index.checkpoints.keys()].filter((step) => step > newest);
}

/** Moves a checkpoint that must not be used out of the way, and reports it. */
export async function quarantine(
  context: Context,
  run: RunFolder,
  step: number,
  why: string,
  level: "warn" | "error" = "error",
): Promise<void> {
  await run.setAside(step);
  await note(context, run, level, `Checkpoint ${step} of run ${run.name} was quarantined: ${why}`, {
    event: "checkpoint-set-aside",
    step,
    why,
  });
}

/**
 * Reads a stored checkpoint. An unusable one is quarantined, unless the run has no usable one: then the run must stay
 * unchanged.
 *
 * @returns undefined if it was quarantined
 * @throws DamagedRunError or OtherConfigurationError if no checkpoint of the run can be used
 */
export async function readOrQuarantine(
  context: Context,
  run: RunFolder,
  step: number,
): Promise<ReadCheckpoint | undefined> {
  try {
    return await readRecorded(run, step);
  } catch (error) {
    if (!isUnusable(error)) throw error;
    const { newest } = await surveyed(run);
    if (!newest) throw error;
    await quarantine(context, run, step, error.why);
    return undefined;
  }
}

/** Whether an error means that a checkpoint, or a whole run, cannot be used. */
export function isUnusable(error: unknown): error is DamagedRunError | OtherConfigurationError {
  return error instanceof DamagedRunError || error instanceof OtherConfigurationError;
}

async function readRecorded(run: RunFolder, step: number): Promise<ReadCheckpoint> {
  const read = await run.readCheckpoint(step);
  run.checkRecorded(step, read.parametersHash);
  return read;
}
