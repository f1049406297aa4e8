/**
 * A run's training in stretches, read from the step lines of metrics.jsonl, so that runs can be compared by their loss in
 * training and over time. Each reading continues where the previous one ended.
 */

import { parseLine } from "@memnet/runs";
import { GrowingFile } from "./growing-file.ts";

/** The steps from one evaluation to the next. */
export interface Stretch {
  /** The last step that has been read. */
  readonly step: number;
  /** Mean loss in nats per sequence; null if no step has one that is finite. */
  readonly loss: number | null;
  /** Mean norm of the gradient before clipping; null if no step has one that is finite. */
  readonly gradient: number | null;
  /** Seconds of training up to its end; pauses do not count. */
  readonly seconds: number;
}

interface Sums {
  step: number;
  readonly loss: Mean;
  readonly gradient: Mean;
  seconds: number;
}

/** A line of a step begins with this, and no other line does. */
const mark = '{"kind":"step"';

export class StepsFile {
  private readonly growing: GrowingFile;
  private readonly every: number;
  private sums: Sums[] = [];

  /** @param every the steps from one evaluation to the next */
  constructor(path: string, every: number) {
    this.growing = new GrowingFile(path);
    this.every = every;
  }

  /** Returns all stretches, of which the last may have more steps to come. */
  async read(): Promise<Stretch[]> {
    await this.growing.read({
      anew: () => {
        this.sums = [];
      },
      take: (bytes) => {
        for (const line of bytes.toString("utf8").split("\n")) if (line.startsWith(mark)) this.take(line);
      },
    });
    let seconds = 0;
    // A stretch without lines is a hole.
    return Array.from(this.sums, (sum, index) => {
      seconds += sum?.seconds ?? 0;
      const [loss, gradient] = [sum?.loss.value ?? null, sum?.gradient.value ?? null];
      return { step: sum?.step ?? (index + 1) * this.every, loss, gradient, seconds };
    });
  }

  private take(text: string): void {
    const line = parseLine(text);
    if (!line?.step) return;
    const { loss, gradientNorm, seconds } = line.value;
    const index = Math.ceil(line.step / this.every) - 1;
    this.sums[index] ??= { step: 0, loss: new Mean(), gradient: new Mean(), seconds: 0 };
    const sum = this.sums[index];
    sum.step = line.step;
    if (typeof seconds === "number") sum.seconds += seconds;
    sum.loss.add(loss);
    sum.gradient.add(gradientNorm);
  }
}

/** The mean of those figures that are finite. */
class Mean {
  private sum = 0;
  private count = 0;

  add(figure: unknown): void {
    if (typeof figure !== "number") return;
    this.sum += figure;
    this.count++;
  }

  /** Null without figures. */
  get value(): number | null {
    return this.count > 0 ? this.sum / this.count : null;
  }
}
