/** What stands beside a run's curves: enough to train it again and hold it to the same bits. */

import type { PresetName } from "memnet";
import type { Row } from "./rows.ts";

export interface RunRecord {
  readonly preset: PresetName;
  readonly seed: number;
  readonly steps: number;
  readonly sequences: number;
  /** Of the final parameters: what `memnet train` prints at the end. */
  readonly parametersSha256: string;
  /** Of the training configuration, as in every checkpoint of the run. */
  readonly trainingSha256: string;
  readonly engine: string;
  readonly fingerprint: string;
  /** The versions that made the run; empty where it has not recorded one. */
  readonly memnet: string;
  readonly node: string;
  readonly platform: string;
  /** Null where the run was stopped and went on. */
  readonly wallSeconds: number | null;
}

/** A run as docs/results keeps it. */
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

/** @throws RangeError naming the file and the field that is not as recordText() writes it */
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
