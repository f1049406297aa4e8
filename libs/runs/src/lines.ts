/**
 * The format of metrics.jsonl, one JSON object per line: the kinds of lines, the lines that remain after a rewind, and
 * the records that may be appended.
 */

import { RefusedError } from "@memnet/protocol";
import type { Measured } from "memnet";

/** A split's figures at a step; null if a figure is not finite. */
export interface EvaluationLine {
  readonly kind: "evaluation";
  readonly step: number;
  readonly split: string;
  /** Nats per sequence. */
  readonly loss: number | null;
  readonly lossBits: number | null;
  readonly wrongBits: number | null;
  /** Fraction of exact sequences, in [0, 1]. */
  readonly exact: number | null;
  readonly sequences: number;
  /** The least loss that any model can expect, in nats per sequence, if the task knows one. */
  readonly floor?: number;
}

export interface CheckpointLine {
  readonly kind: "checkpoint";
  readonly step: number;
  /** The hash of the parameters. */
  readonly sha256: string;
}

export interface StepLine {
  readonly kind: "step";
  readonly step: number;
  /** Mean over the step's sequences, in nats per sequence; null if the step made no update. */
  readonly loss: number | null;
  /** Before clipping; null if the step made no update. */
  readonly gradientNorm: number | null;
  /** From the step's broadcast to its update. */
  readonly seconds?: number;
  /** Set if all of the step was computed twice, by different trainers, with the same result. */
  readonly audited?: true | undefined;
  /** Set if the record was lost and the evaluator filled the gap. */
  readonly lost?: true;
}

export interface Line {
  readonly kind: string;
  /** Null for events. */
  readonly step: number | null;
  readonly value: Readonly<Record<string, unknown>>;
}

/**
 * The parts of the file that an evaluator keeps in memory. There are too many step lines to keep, so they are only
 * counted.
 */
export interface LineIndex {
  /** The last step that has a line; 0 if none has. */
  lastStep: number;
  /** Steps that made no update, because their loss or gradient was not finite. */
  skipped: number;
  /** The last step that was audited; 0 if none was. */
  audited: number;
  readonly evaluations: EvaluationLine[];
  /** SHA-256 of the parameters, by step. */
  readonly checkpoints: Map<number, string>;
}

/** Lines parsed without a pause, some 2 ms of work; the same thread answers messages in between. */
const linesAStretch = 1000;

/** @returns undefined if the text is not a valid line */
export function parseLine(text: string): Line | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const { kind, step } = value as Record<string, unknown>;
  if (typeof kind !== "string") return undefined;
  const isStep = Number.isSafeInteger(step) && (step as number) >= 0;
  if (kind !== "event" && !isStep) return undefined;
  if (!isShaped(kind, value as Record<string, unknown>)) return undefined;
  return { kind, step: kind === "event" ? null : (step as number), value: value as Record<string, unknown> };
}

const isFigure = (figure: unknown) => figure === undefined || figure === null || typeof figure === "number";
const isText = (text: unknown) => text === undefined || typeof text === "string";

/** Whether the fields that readers rely on have the right types, where they are present. */
function isShaped(kind: string, value: Readonly<Record<string, unknown>>): boolean {
  switch (kind) {
    case "event":
      return isText(value.event) && isText(value.time);
    case "checkpoint":
      return isText(value.sha256);
    case "evaluation": {
      const { split, loss, lossBits, wrongBits, exact } = value;
      return isText(split) && [loss, lossBits, wrongBits, exact].every(isFigure);
    }
    default:
      return true;
  }
}

/**
 * Visits every complete line. Bytes after the last newline are a torn line, which was never acknowledged.
 *
 * @returns the number of invalid lines, including a torn one
 */
export async function eachLine(
  file: Uint8Array,
  visit: (line: Line, bytes: Uint8Array) => void,
): Promise<{ readonly unusable: number }> {
  const decoder = new TextDecoder();
  let unusable = 0;
  let start = 0;
  for (let seen = 1; start < file.length; seen++) {
    const end = file.indexOf(0x0a, start);
    if (end < 0) return { unusable: unusable + 1 };
    const bytes = file.subarray(start, end + 1);
    const line = parseLine(decoder.decode(bytes));
    if (line) visit(line, bytes);
    else unusable++;
    start = end + 1;
    if (seen % linesAStretch === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return { unusable };
}

/** Formats a step line. */
export function stepLine({
  step,
  loss,
  gradientNorm,
  seconds,
  audited,
}: Omit<StepLine, "kind" | "lost">): string {
  return JSON.stringify({ kind: "step", step, loss, gradientNorm, seconds, audited });
}

export function checkpointLine(step: number, sha256: string): string {
  return JSON.stringify({ kind: "checkpoint", step, sha256 } satisfies CheckpointLine);
}

/** The line of a split's figures; those that are not finite are null. */
export function evaluationLine(
  step: number,
  { split, loss, lossBits, wrongBits, exact, sequences, floor }: Measured & { readonly split: string },
): EvaluationLine {
  const finite = (figure: number) => (Number.isFinite(figure) ? figure : null);
  return {
    kind: "evaluation",
    step,
    split,
    loss: finite(loss),
    lossBits: finite(lossBits),
    wrongBits: finite(wrongBits),
    exact: finite(exact),
    sequences,
    ...(floor !== undefined && { floor }),
  };
}

/** Formats an event line, for events other than figures. */
export function eventLine(wallMs: number, event: Readonly<Record<string, unknown>>): string {
  const { kind: _kind, time = new Date(wallMs).toISOString(), ...rest } = event;
  return JSON.stringify({ kind: "event", time, ...rest });
}

/**
 * Whether a line is kept when the run resumes from `step`. Lines of later steps will be written again; events are
 * always kept, because they happened.
 */
export function staysAt(step: number, line: Line): boolean {
  return line.step === null || line.step <= step;
}

export function emptyIndex(): LineIndex {
  return { lastStep: 0, skipped: 0, audited: 0, evaluations: [], checkpoints: new Map() };
}

export function addToIndex(index: LineIndex, { kind, step, value }: Line): void {
  if (step === null) return;
  if (kind === "step") {
    index.lastStep = Math.max(index.lastStep, step);
    if (isSkipped(value)) index.skipped++;
    if (value.audited === true) index.audited = Math.max(index.audited, step);
  } else if (kind === "checkpoint") index.checkpoints.set(step, String(value.sha256));
  else if (kind === "evaluation") index.evaluations.push(value as unknown as EvaluationLine);
}

/** Whether a step line reports that the step made no update. A lost record reports nothing. */
export function isSkipped(step: Line["value"]): boolean {
  return step.loss === null && step.lost !== true;
}

/**
 * Returns the records of a snapshot that metrics.jsonl lacks.
 *
 * @param records JSONL: step lines, ascending and without gaps
 * @param last    the last step that has a line
 * @param step    the snapshot's step, which the records must reach
 * @throws RefusedError with the code RECORDS, naming the record that does not fit
 */
export function missingRecords(records: string, last: number, step: number): string[] {
  const texts = records.split("\n");
  if (texts.pop() !== "") throw unfit(step, "they must end with a line's end");
  const missing: string[] = [];
  let before: number | undefined;
  for (const text of texts) {
    const line = parseLine(text);
    if (line?.kind !== "step" || line.step === null) {
      throw unfit(step, `each must be a line of kind step, got ${text.slice(0, 200)}`);
    }
    if (before !== undefined && line.step !== before + 1) {
      throw unfit(step, `after step ${before} must come ${before + 1}, got ${line.step}`);
    }
    before = line.step;
    if (line.step <= last) continue;
    if (missing.length === 0 && line.step !== last + 1) {
      throw unfit(step, `step ${last + 1} is the next that metrics.jsonl lacks, got ${line.step}`);
    }
    missing.push(text);
  }
  const reached = Math.max(last, before ?? 0);
  if (before !== undefined && before > step) throw unfit(step, `they must end at that step, got ${before}`);
  if (reached < step) throw unfit(step, `they must reach that step, and end at ${reached}`);
  return missing;
}

function unfit(step: number, why: string): RefusedError {
  return new RefusedError("RECORDS", `Cannot take the records of the snapshot at step ${step}: ${why}`);
}
