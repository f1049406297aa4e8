/** Opens a run: the evaluator grants a new epoch and hands over the newest usable checkpoint. */

import {
  type Exclusion,
  isUnderWay,
  messages,
  RefusedError,
  type RunFields,
  subjects,
} from "@memnet/protocol";
import type { Actor } from "@memnet/service";
import {
  canonicalJson,
  checkpointBytesMax,
  decodeCheckpoint,
  initialParameters,
  type Learner,
  type ModelConfig,
  newLearner,
  operationConfig,
  parametersHash,
  type RunConfig,
  trainingConfig,
  trainingHash,
  writtenTraining,
} from "memnet";
import { askUntilAnswered, untilDone } from "./evaluator-link.ts";

export interface Opened {
  readonly fields: RunFields;
  readonly config: RunConfig;
  /** As asked for. */
  readonly joinable: boolean;
  readonly created: boolean;
  /** Whether the last coordinator left without recording how the run ended. */
  readonly interrupted: boolean;
  /** Whether the run had ended before. */
  readonly ended: boolean;
  readonly fingerprint: string | null;
  readonly learner: Learner;
  /** The newest step that the evaluator has stored; −1 if none. */
  readonly kept: number;
  /** Number of steps so far that made no update. */
  readonly skipped: number;
  /** The last step so far that was audited; 0 if none was. */
  readonly audited: number;
  /** Participants that were wrong, whose results are not used. */
  readonly excluded: readonly Exclusion[];
  /** Trainers that are audited in every step. */
  readonly suspects: readonly string[];
}

export interface OpenOptions {
  readonly run: string | null;
  /** Whether to create a new run when `run` is null, instead of resuming an unfinished one. */
  readonly fresh: boolean;
  readonly config: RunConfig;
  readonly model: ModelConfig;
  /** Parameters to start from instead of the seed's. */
  readonly initial: Float32Array | null;
  /** Goes back: checkpoints at this step and later are quarantined first. Null keeps all. */
  readonly before: number | null;
  /** Whether trainers may join that do not ask for this run by name. */
  readonly joinable: boolean;
}

/**
 * Opens a run.
 *
 * @throws RefusedError if the run has another training configuration, or the initial parameters are missing
 */
export async function openRun(actor: Actor, options: OpenOptions, signal: AbortSignal): Promise<Opened> {
  const { config } = options;
  const { answer, file } = await untilDone(actor, "open", () => granted(actor, options, signal), signal);
  const opened = {
    training: trainingConfig.parse(answer.config.training),
    operation: operationConfig.parse(answer.config.operation),
  };
  const hash = trainingHash(opened.training);
  if (hash !== trainingHash(config.training)) {
    throw new RefusedError(
      "CONFIG",
      `The evaluator granted run ${answer.run} with another training configuration`,
    );
  }
  const { checkpoint } = answer;
  const learner = file
    ? decodeCheckpoint(file)
    : newLearner(opened.training, options.model, startingParameters(options));
  if (canonicalJson(learner.training) !== canonicalJson(opened.training)) {
    throw new RefusedError("CONFIG", `The newest checkpoint of run ${answer.run} is another configuration's`);
  }
  return {
    fields: { run: answer.run, epoch: answer.epoch, trainingHash: hash },
    config: opened,
    joinable: options.joinable,
    created: answer.created,
    ended: answer.state === "ended",
    interrupted: !answer.created && isUnderWay(answer.state),
    fingerprint: answer.fingerprint,
    learner,
    kept: checkpoint ? checkpoint.step : -1,
    skipped: answer.skipped,
    audited: answer.audited,
    excluded: answer.excluded,
    suspects: answer.suspects,
  };
}

/**
 * Asks for the run and pulls its checkpoint. If the evaluator disappears in between, the caller opens the run again.
 */
async function granted(actor: Actor, options: OpenOptions, signal: AbortSignal) {
  const { run, fresh, config, before, model } = options;
  const { id: coordinator } = actor.messenger;
  const question = { coordinator, machine: actor.machine, run, fresh, config: wireConfig(config), before };
  const ask = [messages.open, messages.opened, subjects.evaluator.open] as const;
  const answer = await askUntilAnswered(actor, ask, question, signal);
  const bytesMax = checkpointBytesMax(model, config.training.optimizer);
  const file =
    answer.checkpoint && (await actor.messenger.pull(answer.checkpoint.blob, "evaluator", bytesMax));
  return { answer, file };
}

function startingParameters({ config, model, initial }: OpenOptions): Float32Array {
  const wanted = config.training.initial;
  if (wanted === null) return initialParameters(model, config.training.seed);
  if (!initial) {
    throw new RefusedError(
      "INITIAL",
      `The initial parameters ${wanted} are not here: give them by --init or --from`,
    );
  }
  const got = parametersHash(initial);
  if (got !== wanted) {
    throw new RefusedError("INITIAL", `The initial parameters must have the SHA-256 ${wanted}, got ${got}`);
  }
  return initial;
}

/** Converts a configuration to plain JSON values, as sent in messages. */
export function wireConfig(config: RunConfig): {
  training: Record<string, unknown>;
  operation: Record<string, unknown>;
} {
  return JSON.parse(
    JSON.stringify({ training: writtenTraining(config.training), operation: config.operation }),
  );
}
