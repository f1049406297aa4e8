/**
 * Checks the records of metrics.jsonl: each step, checkpoint and split of an evaluation must have exactly one line. If
 * the file was edited or lost bytes, a record may be repeated or missing; this module finds such records and repairs
 * the lines. Pure.
 */

import type { Line, StepLine } from "./lines.ts";

export interface Irregular {
  /** Records that have several lines, such as `step 5`; each listed once. */
  readonly repeated: readonly string[];
  /** Steps that have no line, ascending. */
  readonly missing: readonly number[];
}

/** More steps than are between two checkpoints, the most that a crash can lose. */
const missingMax = 1_000_000;

/** The result for a file that has each record exactly once. */
export const regular: Irregular = { repeated: [], missing: [] };

/** @param last the step up to which each step must have a line */
export function irregular(lines: Iterable<Line>, last: number): Irregular {
  const records = new Records();
  for (const line of lines) records.note(line);
  return records.irregular(last);
}

/** Collects lines one by one, so that a long file need not be in memory. */
export class Records {
  private readonly seen = new Set<string>();
  private readonly repeated = new Set<string>();

  note(line: Line): void {
    const record = recordOf(line);
    if (record === null) return;
    if (this.seen.has(record)) this.repeated.add(record);
    this.seen.add(record);
  }

  /**
   * Names at most `missingMax` missing steps: one line with a wrong step could otherwise make any number of them.
   *
   * @param last the step up to which each step must have a line
   */
  irregular(last: number): Irregular {
    const missing: number[] = [];
    for (let step = 1; step <= last && missing.length < missingMax; step++)
      if (!this.seen.has(`step ${step}`)) missing.push(step);
    return { repeated: [...this.repeated], missing };
  }
}

export interface MetricsLine {
  readonly line: Line;
  /** The line's bytes in the file, including the newline. */
  readonly bytes: Uint8Array;
}

/**
 * Repairs a file: keeps the first line of each record, and inserts a line for each missing step that marks its figures
 * as lost.
 */
export class Mender {
  private readonly repeated: ReadonlySet<string>;
  private readonly missing: readonly number[];
  private readonly seen = new Set<string>();
  private next = 0;

  constructor({ repeated, missing }: Irregular) {
    this.repeated = new Set(repeated);
    this.missing = missing;
  }

  /** Returns the lines that replace the file's next line. */
  mend(one: MetricsLine): MetricsLine[] {
    const { kind, step } = one.line;
    const record = recordOf(one.line);
    if (record === null || step === null) return [one];
    if (this.seen.has(record)) return [];
    if (this.repeated.has(record)) this.seen.add(record);
    return [...this.lostBefore(kind === "step" ? step : step + 1), one];
  }

  /** Returns the lines to add after the last one. */
  rest(): MetricsLine[] {
    return this.lostBefore(Number.POSITIVE_INFINITY);
  }

  private lostBefore(step: number): MetricsLine[] {
    const lost: MetricsLine[] = [];
    while (this.next < this.missing.length && this.missing[this.next]! < step)
      lost.push(lostLine(this.missing[this.next++]!));
    return lost;
  }
}

export function isIrregular({ repeated, missing }: Irregular): boolean {
  return repeated.length > 0 || missing.length > 0;
}

/**
 * Describes the irregularities, such as `has more than one line for step 5 and has no line for steps 7 to 9`; empty if
 * there are none.
 */
export function irregularText({ repeated, missing }: Irregular): string {
  return [
    ...(repeated.length > 0 ? [`has more than one line for ${listed(repeated)}`] : []),
    ...(missing.length > 0 ? [`has no line for ${listed(ranges(missing))}`] : []),
  ].join(" and ");
}

/** Returns the record that a line belongs to; null for an event, which may occur repeatedly. */
function recordOf({ kind, step, value }: Line): string | null {
  if (step === null) return null;
  return kind === "evaluation" ? `evaluation ${step} (${String(value.split)})` : `${kind} ${step}`;
}

function lostLine(step: number): MetricsLine {
  const value = { kind: "step", step, loss: null, gradientNorm: null, lost: true } satisfies StepLine;
  return {
    line: { kind: "step", step, value },
    bytes: new TextEncoder().encode(`${JSON.stringify(value)}\n`),
  };
}

/** More items would fill the terminal. */
const listedMax = 5;

function listed(items: readonly string[]): string {
  const rest = items.length - listedMax;
  return `${items.slice(0, listedMax).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}

function ranges(steps: readonly number[]): string[] {
  const found: [first: number, last: number][] = [];
  for (const step of steps) {
    const open = found.at(-1);
    if (open && open[1] === step - 1) open[1] = step;
    else found.push([step, step]);
  }
  return found.map(([first, last]) => (first === last ? `step ${first}` : `steps ${first} to ${last}`));
}
