/**
 * The records of metrics.jsonl: one line for each step, checkpoint and split of an evaluation. A file that was edited
 * or lost bytes may have a record twice or lack one; this finds such records and mends the lines. Pure.
 */

import type { Line, StepLine } from "./lines.ts";

export interface Irregular {
  /** Records that have several lines, such as `step 5`; each once. */
  readonly repeated: readonly string[];
  /** Steps that have no line, ascending. */
  readonly missing: readonly number[];
}

/** A file that has each record once. */
export const regular: Irregular = { repeated: [], missing: [] };

/** @param last the step up to which each step must have a line */
export function irregular(lines: Iterable<Line>, last: number): Irregular {
  const records = new Records();
  for (const line of lines) records.note(line);
  return records.irregular(last);
}

/** Notes lines one by one; a long file need not be in memory. */
export class Records {
  private readonly seen = new Set<string>();
  private readonly repeated = new Set<string>();

  note(line: Line): void {
    const record = recordOf(line);
    if (record === null) return;
    if (this.seen.has(record)) this.repeated.add(record);
    this.seen.add(record);
  }

  /** @param last the step up to which each step must have a line */
  irregular(last: number): Irregular {
    const missing: number[] = [];
    for (let step = 1; step <= last; step++) if (!this.seen.has(`step ${step}`)) missing.push(step);
    return { repeated: [...this.repeated], missing };
  }
}

export interface MetricsLine {
  readonly line: Line;
  /** As in the file, with the line's end. */
  readonly bytes: Uint8Array;
}

/** Keeps the first line of each record, and gives each missing step a line that says that its figures are lost. */
export class Mender {
  private readonly repeated: ReadonlySet<string>;
  private readonly missing: readonly number[];
  private readonly seen = new Set<string>();
  private next = 0;

  constructor({ repeated, missing }: Irregular) {
    this.repeated = new Set(repeated);
    this.missing = missing;
  }

  /** What stands in the file in place of its next line. */
  mend(one: MetricsLine): MetricsLine[] {
    const { kind, step } = one.line;
    const record = recordOf(one.line);
    if (record === null || step === null) return [one];
    if (this.seen.has(record)) return [];
    if (this.repeated.has(record)) this.seen.add(record);
    return [...this.lostBefore(kind === "step" ? step : step + 1), one];
  }

  /** What stands after the last line. */
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

/** `has more than one line for step 5 and has no line for steps 7 to 9`; empty if nothing is irregular. */
export function irregularText({ repeated, missing }: Irregular): string {
  return [
    ...(repeated.length > 0 ? [`has more than one line for ${listed(repeated)}`] : []),
    ...(missing.length > 0 ? [`has no line for ${listed(ranges(missing))}`] : []),
  ].join(" and ");
}

/** What a line is the record of; null for an event, which may happen again. */
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

/** More than these would fill the terminal. */
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
