/** A run's metrics.jsonl as columns. Each reading continues where the previous one ended. */

import { open, stat } from "node:fs/promises";
import { type EvaluationLine, eachLine, type Line } from "@memnet/runs";
import type { RunEvent } from "./shared/api.ts";

export interface Columns {
  /** Identifies the file. It changes if the file is replaced, which invalidates everything read before. */
  readonly file: string;
  readonly steps: readonly number[];
  /** Losses in nats per sequence, one for each entry of `steps`; null if not finite. */
  readonly losses: readonly (number | null)[];
  readonly evaluations: readonly EvaluationLine[];
  /** The newest events, oldest first. */
  readonly events: readonly RunEvent[];
  /** Total number of events. */
  readonly eventCount: number;
}

/** Bytes read at a time. Our lines have some hundred bytes, so this many bytes without a line end are not a line. */
const stretchBytes = 4 * 1024 * 1024;

/** More events than anyone reads. */
const eventsMax = 200;
const fieldCharactersMax = 80;

export class MetricsFile {
  private readonly path: string;
  private file = "";
  private position = 0;
  private steps: number[] = [];
  private losses: (number | null)[] = [];
  private evaluations: EvaluationLine[] = [];
  private events: RunEvent[] = [];
  private eventCount = 0;
  private reading: Promise<Columns> | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /** Reads all lines there are now. Concurrent callers share one reading. */
  read(): Promise<Columns> {
    this.reading ??= this.readOn().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  private async readOn(): Promise<Columns> {
    const found = await stat(this.path).catch((error) => {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    });
    // The evaluator replaces the file to cut lines, and appends to it otherwise.
    const file = found ? `${found.ino}-${Math.round(found.birthtimeMs)}` : "";
    if (file !== this.file || (found && found.size < this.position)) this.startAnew(file);
    if (found && found.size > this.position) await this.readUpTo(found.size);
    const { steps, losses, evaluations, events } = this;
    return { file, steps, losses, evaluations, events, eventCount: this.eventCount };
  }

  private startAnew(file: string): void {
    this.file = file;
    this.position = 0;
    this.steps = [];
    this.losses = [];
    this.evaluations = [];
    this.events = [];
    this.eventCount = 0;
  }

  private async readUpTo(size: number): Promise<void> {
    const handle = await open(this.path, "r");
    try {
      while (this.position < size) {
        const length = Math.min(stretchBytes, size - this.position);
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, this.position);
        const whole = buffer.lastIndexOf(0x0a, bytesRead - 1) + 1;
        // A torn line may be whole at the next reading.
        if (whole === 0 && bytesRead < stretchBytes) return;
        await eachLine(buffer.subarray(0, whole), (line) => this.take(line));
        this.position += whole || bytesRead;
      }
    } finally {
      await handle.close();
    }
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
      this.losses.push(typeof value.loss === "number" ? value.loss : null);
    } else if (kind === "evaluation") this.evaluations.push(value as unknown as EvaluationLine);
  }
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
