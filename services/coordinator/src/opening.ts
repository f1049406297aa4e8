/** Taking a run: the evaluator grants a new epoch and hands over the newest good checkpoint. */

import { isUnderWay, messages, RefusedError, type RunFields, subjects } from "@memnet/protocol";
import type { Actor } from "@memnet/service";
import {
  canonicalJson,
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
} from "memnet";
import { askUntilAnswered, untilDone } from "./evaluator-link.ts";

export interface Opened {
  readonly fields: RunFields;
  readonly config: RunConfig;
  readonly created: boolean;
  /** Whether its last coordinator went without saying how the run was left. */
  readonly interrupted: boolean;
  readonly fingerprint: string | null;
  readonly learner: Learner;
  /** The newest step that the evaluator keeps; −1 where it has none. */
  readonly kept: number;
  /** Steps so far that made no update. */
  readonly skipped: number;
}

export interface OpenOptions {
  readonly run: string | null;
  /** Always a new run where `run` is null. */
  readonly fresh: boolean;
  readonly config: RunConfig;
  readonly model: ModelConfig;
  /** Parameters to start from where they are not the seed's. */
  readonly initial: Float32Array | null;
  /** Goes back: checkpoints of this step and later ones are set aside. */
  readonly before: number | null;
}

/** @throws RefusedError where the run exists with another training configuration, or the initial parameters are missing */
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
    fields: { run: answer.run, epoch: answer.epoch, training: hash },
    config: opened,
    created: answer.created,
    interrupted: !answer.created && isUnderWay(answer.state),
    fingerprint: answer.fingerprint,
    learner,
    kept: checkpoint ? checkpoint.step : -1,
    skipped: answer.skipped,
  };
}

/** Asks for the run and pulls its checkpoint: where the evaluator goes in between, the run is opened anew. */
async function granted(actor: Actor, options: OpenOptions, signal: AbortSignal) {
  const { run, fresh, config, before } = options;
  const { id: coordinator } = actor.messenger;
  const question = { coordinator, machine: actor.machine, run, fresh, config: wireConfig(config), before };
  const ask = [messages.open, messages.opened, subjects.evaluator.open] as const;
  const answer = await askUntilAnswered(actor, ask, question, signal);
  const file = answer.checkpoint && (await actor.messenger.pull(answer.checkpoint.blob, "evaluator"));
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

/** As plain JSON: what travels in messages. */
export function wireConfig(config: RunConfig): {
  training: Record<string, unknown>;
  operation: Record<string, unknown>;
} {
  return JSON.parse(JSON.stringify({ training: config.training, operation: config.operation }));
}
