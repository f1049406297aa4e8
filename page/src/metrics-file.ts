/** A run's metrics.jsonl as columns. Each reading continues where the previous one ended. */

import { type EvaluationLine, eachLine, type Line } from "@memnet/runs";
import { GrowingFile } from "./growing-file.ts";
import type { RunEvent } from "./shared/api.ts";

export interface Columns {
  /** Identifies the file. It changes if the file is replaced, which invalidates everything read before. */
  readonly file: string;
  readonly steps: readonly number[];
  /** Losses in nats per sequence, one for each entry of `steps`; null if not finite. */
  readonly losses: readonly (number | null)[];
  /** Norms of the gradient before clipping, one for each entry of `steps`; null if not finite. */
  readonly gradientNorms: readonly (number | null)[];
  /** Seconds of training up to the end of each entry of `steps`. */
  readonly seconds: readonly number[];
  readonly evaluations: readonly EvaluationLine[];
  /** The newest events, oldest first. */
  readonly events: readonly RunEvent[];
  /** Total number of events. */
  readonly eventCount: number;
  /** The last step that was computed twice; 0 if none was. */
  readonly audited: number;
}

/** More events than anyone reads. */
const eventsMax = 200;
const fieldCharactersMax = 80;

export class MetricsFile {
  private readonly growing: GrowingFile;
  private steps: number[] = [];
  private losses: (number | null)[] = [];
  private gradientNorms: (number | null)[] = [];
  private seconds: number[] = [];
  private evaluations: EvaluationLine[] = [];
  private events: RunEvent[] = [];
  private eventCount = 0;
  private audited = 0;
  private reading: Promise<Columns> | undefined;

  constructor(path: string) {
    this.growing = new GrowingFile(path);
  }

  /** Reads all lines there are now. Concurrent callers share one reading. */
  read(): Promise<Columns> {
    this.reading ??= this.readOn().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  private async readOn(): Promise<Columns> {
    const file = await this.growing.read({
      anew: () => this.startAnew(),
      take: async (lines) => void (await eachLine(lines, (line) => this.take(line))),
    });
    const { steps, losses, gradientNorms, seconds, evaluations, events } = this;
    const columns = { file, steps, losses, gradientNorms, seconds, evaluations, events };
    return { ...columns, eventCount: this.eventCount, audited: this.audited };
  }

  private startAnew(): void {
    this.steps = [];
    this.losses = [];
    this.gradientNorms = [];
    this.seconds = [];
    this.evaluations = [];
    this.events = [];
    this.eventCount = 0;
    this.audited = 0;
  }

  private take({ kind, step, value }: Line): void {
    if (step === null) {
      this.events.push(eventOf(value));
      this.eventCount++;
      if (this.events.length > eventsMax) this.events.shift();
      return;
    }
    if (kind === "step") {
      this.steps.push(step);
      if (value.audited === true) this.audited = step;
      this.losses.push(numberIn(value.loss));
      this.gradientNorms.push(numberIn(value.gradientNorm));
      this.seconds.push((this.seconds.at(-1) ?? 0) + (numberIn(value.seconds) ?? 0));
    } else if (kind === "evaluation") this.evaluations.push(value as unknown as EvaluationLine);
  }
}

/** Returns the seconds of training up to a step's end; steps are ascending. */
export function secondsUpTo({ steps, seconds }: Pick<Columns, "steps" | "seconds">, step: number): number {
  return seconds[countUntil(steps, (one) => one > step) - 1] ?? 0;
}

/** Counts the numbers before those that are beyond; they are ascending. */
export function countUntil(numbers: readonly number[], isBeyond: (number: number) => boolean): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBeyond(numbers[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function numberIn(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

function eventOf({ kind: _kind, time, event, ...fields }: Line["value"]): RunEvent {
  const known = Object.entries(fields).filter(([, value]) => value !== null);
  const text = known.map(([name, value]) => `${name} ${short(value)}`).join(", ");
  return { time: String(time ?? ""), event: String(event ?? ""), text };
}

function short(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > fieldCharactersMax ? `${text.slice(0, fieldCharactersMax)}…` : text;
}
