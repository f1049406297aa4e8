/** Errors that end an evaluator or refuse a request for reasons other than bad input. */

import { RefusedError } from "@memnet/protocol";
import { DamagedRunError, diskCode } from "@memnet/runs";

/** A newer evaluator has taken the runs folder, so this one must not write any more. */
export class FencedError extends Error {
  override readonly name = "FencedError";
  readonly code = "FENCED";
  readonly root: string;
  readonly generation: number;
  constructor(root: string, generation: number) {
    super(
      `Cannot write to ${root} any more: the evaluator of the highest generation does, this one has ${generation}`,
    );
    this.root = root;
    this.generation = generation;
  }
}

/** Another evaluator already serves a different runs folder on the same NATS. */
export class OtherFolderError extends Error {
  override readonly name = "OtherFolderError";
  readonly code = "OTHER_FOLDER";
  readonly root: string;
  readonly machine: string;
  readonly id: string;
  constructor(root: string, other: { machine: string; id: string; folder: string }) {
    super(
      `Cannot serve ${root}: one runs folder is served on one NATS, and evaluator ${other.id} on ${other.machine} ` +
        `already serves another (folder id ${other.folder})`,
    );
    this.root = root;
    this.machine = other.machine;
    this.id = other.id;
  }
}

/** An intact checkpoint whose settings differ from those in config.json: one of the two files was edited. */
export class OtherConfigurationError extends Error {
  override readonly name = "OtherConfigurationError";
  readonly code = "CONFIG";
  readonly why: string;
  /**
   * @param different each setting that differs, with both values
   * @param instead   how to train with the new settings
   */
  constructor(run: string, step: number, different: string, instead: string) {
    const why = `checkpoint ${step} was made with other settings than config.json has now: ${different}`;
    super(
      `Cannot open run ${run}: ${why}. ` +
        `Nothing was changed. To resume the run, restore its config.json; to train with the new settings, ${instead}`,
    );
    this.why = why;
  }
}

/**
 * Converts an error into the client's answer: disk errors and damaged runs become refusals, other errors stay as they
 * are.
 */
export function refusalOf(error: unknown, what: string): unknown {
  // When the client asks again, the newer evaluator answers.
  if (error instanceof FencedError) return new RefusedError("BUSY", error.message);
  if (error instanceof DamagedRunError || error instanceof OtherConfigurationError)
    return new RefusedError(error.code, error.message);
  if (diskCode(error)) return new RefusedError("DISK", `Cannot ${what}: ${(error as Error).message}`);
  return error;
}
