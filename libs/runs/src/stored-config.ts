/** config.json: what decides the bits, what does not, and for the record where the run began. */

import {
  differingPaths,
  type OperationConfig,
  operationConfig,
  type TrainingConfig,
  trainingConfig,
  valueAt,
} from "memnet";
import type { EvaluationPlan } from "./due.ts";

export interface StoredConfig {
  readonly training: TrainingConfig;
  readonly operation: OperationConfig;
  /** Fixed before step 1; null until then. */
  readonly fingerprint: string | null;
  /** From the step after this one, trainers of any fingerprint were admitted; null for an exact run. */
  readonly relaxedFrom: number | null;
  readonly versions: Readonly<Record<string, string>>;
  /** Where the run was made. */
  readonly machine: string;
  /** ISO 8601, UTC. */
  readonly created: string;
}

export function storedConfigText(config: StoredConfig): string {
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** @throws Error where the text is not what storedConfigText() writes */
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
    versions: (value.versions ?? {}) as Record<string, string>,
    machine: String(value.machine ?? ""),
    created: String(value.created ?? ""),
  };
}

/** When the run is measured; `--until` says so itself, whatever its operation says. */
export function evaluationPlan({ training, operation }: StoredConfig): EvaluationPlan {
  return {
    every: training.until?.every ?? operation.evaluateEvery,
    batches: training.until?.batches ?? operation.evaluationBatches,
    beyondEvery: operation.beyondEvery,
    steps: operation.steps,
  };
}

/**
 * Every setting that differs, with both values; empty if none does.
 *
 * @param places where each of the two configurations is, as in `["in the checkpoint", "in config.json"]`
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
 * The mark of a relaxed run after it is opened at `step`: everything up to `step` is exact unless an earlier mark
 * says otherwise.
 */
export function relaxedAfterOpen(relaxedFrom: number | null, step: number, relaxed: boolean): number | null {
  const before = relaxedFrom !== null && relaxedFrom < step ? relaxedFrom : null;
  return before ?? (relaxed ? step : null);
}

function shown(value: unknown): string {
  return value === undefined ? "not set" : JSON.stringify(value);
}
