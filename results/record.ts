/** The record beside a run's curves, with all that is needed to train the run again and compare it bit for bit. */

import type { PresetName } from "memnet";
import type { Row } from "./rows.ts";

export interface RunRecord {
  readonly preset: PresetName;
  readonly seed: number;
  readonly steps: number;
  readonly sequences: number;
  /** The hash of the final parameters, which `memnet train` prints at the end. */
  readonly parametersSha256: string;
  /** The hash of the training configuration, as in every checkpoint of the run. */
  readonly trainingSha256: string;
  readonly engine: string;
  readonly fingerprint: string;
  /** The versions that made the run; empty if it has not recorded one. */
  readonly memnet: string;
  readonly node: string;
  readonly platform: string;
  /** Null if the run was stopped and resumed. */
  readonly wallSeconds: number | null;
}

/** A run as stored in docs/results. */
export interface Result {
  readonly record: RunRecord;
  /** Ascending by step. */
  readonly rows: readonly Row[];
}

const kinds: Readonly<Record<keyof RunRecord, readonly string[]>> = {
  preset: ["string"],
  seed: ["number"],
  steps: ["number"],
  sequences: ["number"],
  parametersSha256: ["string"],
  trainingSha256: ["string"],
  engine: ["string"],
  fingerprint: ["string"],
  memnet: ["string"],
  node: ["string"],
  platform: ["string"],
  wallSeconds: ["number", "null"],
};

export function recordText(record: RunRecord): string {
  return `${JSON.stringify(record, null, 2)}\n`;
}

/** @throws RangeError naming the file, and the field that differs from what recordText() writes */
export function parseRecord(text: string, path: string): RunRecord {
  let value: Record<string, unknown>;
  try {
    value = Object(JSON.parse(text));
  } catch (cause) {
    throw new RangeError(`Cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
  for (const [field, allowed] of Object.entries(kinds)) {
    const got = value[field] === null ? "null" : typeof value[field];
    if (!allowed.includes(got)) {
      throw new RangeError(`Cannot read ${path}: ${field} must be a ${allowed.join(" or ")}, got ${got}`);
    }
  }
  return value as unknown as RunRecord;
}
