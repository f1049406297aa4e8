/**
 * config.json: the settings that decide the run's results bit for bit, the settings that do not, and, for the record,
 * where the run began.
 */

import {
  differingPaths,
  type OperationConfig,
  operationConfig,
  type TrainingConfig,
  trainingConfig,
  valueAt,
  writtenTraining,
} from "memnet";
import type { EvaluationPlan } from "./due.ts";

export interface StoredConfig {
  readonly training: TrainingConfig;
  readonly operation: OperationConfig;
  /** Fixed before step 1; null until then. */
  readonly fingerprint: string | null;
  /** The step after which trainers with any fingerprint were admitted; null for an exact run. */
  readonly relaxedFrom: number | null;
  readonly versions: Readonly<Record<string, string>>;
  /** The machine on which the run was created. */
  readonly machine: string;
  /** ISO 8601, UTC. */
  readonly created: string;
}

export function storedConfigText(config: StoredConfig): string {
  return `${JSON.stringify({ ...config, training: writtenTraining(config.training) }, null, 2)}\n`;
}

/** @throws Error if the text is not in the format of storedConfigText() */
export function parseStoredConfig(text: string): StoredConfig {
  const value = JSON.parse(text) as Partial<Record<keyof StoredConfig, unknown>> | null;
  if (typeof value !== "object" || value === null)
    throw new RangeError("config.json must hold a JSON object");
  const { fingerprint = null, relaxedFrom = null } = value;
  if (fingerprint !== null && (typeof fingerprint !== "string" || !/^[0-9a-f]{64}$/.test(fingerprint))) {
    throw new RangeError(
      `config.json: fingerprint must be a SHA-256 or null, got ${JSON.stringify(fingerprint)}`,
    );
  }
  if (relaxedFrom !== null && !Number.isSafeInteger(relaxedFrom)) {
    throw new RangeError(
      `config.json: relaxedFrom must be a step or null, got ${JSON.stringify(relaxedFrom)}`,
    );
  }
  return {
    training: trainingConfig.parse(value.training),
    operation: operationConfig.parse(value.operation),
    fingerprint,
    relaxedFrom: relaxedFrom as number | null,
    versions: textsIn(value.versions),
    machine: textOf(value.machine),
    created: textOf(value.created),
  };
}

/** For the record alone, so that what is no text does not keep the run from being read. */
function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function textsIn(value: unknown): Record<string, string> {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

/** Returns when the run is measured. The settings of `--until` take precedence over the operation's. */
export function evaluationPlan({ training, operation }: StoredConfig): EvaluationPlan {
  return {
    every: training.until?.every ?? operation.evaluateEvery,
    batches: training.until?.batches ?? operation.evaluationBatches,
    beyondEvery: operation.beyondEvery,
    steps: operation.steps,
  };
}

/**
 * Describes every setting that differs, with both values; empty if none does.
 *
 * @param places where the two configurations come from, such as `["in the checkpoint", "in config.json"]`
 */
export function differences(
  one: TrainingConfig,
  other: TrainingConfig,
  [here, there]: readonly [string, string],
): string {
  return differingPaths(one, other)
    .map(
      (path) => `${path} is ${shown(valueAt(one, path))} ${here} and ${shown(valueAt(other, path))} ${there}`,
    )
    .join("; ");
}

/**
 * Returns the `relaxedFrom` mark of a run that is opened at `step`. Everything up to `step` is exact, unless an earlier
 * mark says otherwise.
 */
export function relaxedAfterOpen(relaxedFrom: number | null, step: number, relaxed: boolean): number | null {
  const before = relaxedFrom !== null && relaxedFrom < step ? relaxedFrom : null;
  return before ?? (relaxed ? step : null);
}

function shown(value: unknown): string {
  return value === undefined ? "not set" : JSON.stringify(value);
}
