/**
 * A run's evaluations and its newest step, read from metrics.jsonl without parsing the other lines: there are many runs, and
 * most of their lines are of steps. Each reading continues where the previous one ended.
 */

import { type EvaluationLine, type Line, parseLine } from "@memnet/runs";
import { type Budget, GrowingFile } from "./growing-file.ts";

/** Every evaluation line has this as a value. */
const mark = Buffer.from(JSON.stringify("evaluation"));
/** A line of a step begins with this, and no other line does. */
const stepMark = Buffer.from('{"kind":"step"');
const lineEnd = 0x0a;

export class EvaluationFile {
  private readonly growing: GrowingFile;
  private lines: EvaluationLine[] = [];
  private newest = "";

  constructor(path: string) {
    this.growing = new GrowingFile(path);
  }

  get isRead(): boolean {
    return this.growing.isRead;
  }

  /** When the file was last written, UTC milliseconds since 1970; null if there is none. */
  get modified(): number | null {
    return this.growing.modified;
  }

  /** The newest step that has been read; undefined if there is none. */
  get newestStep(): Line | undefined {
    return this.newest === "" ? undefined : parseLine(this.newest);
  }

  /** Returns the lines, ascending by step. By default all are read. */
  async read(budget?: Budget): Promise<readonly EvaluationLine[]> {
    await this.growing.read(
      {
        anew: () => {
          this.lines = [];
          this.newest = "";
        },
        take: (bytes) => {
          // A new array, since the caller keeps the one before. Evaluations arrive in the order in which they finish.
          this.lines = [...this.lines, ...evaluationsIn(bytes)].sort((a, b) => a.step - b.step);
          const step = bytes.lastIndexOf(stepMark);
          if (step >= 0) this.newest = bytes.toString("utf8", step, bytes.indexOf(lineEnd, step));
        },
      },
      budget,
    );
    return this.lines;
  }
}

function* evaluationsIn(bytes: Buffer): Generator<EvaluationLine> {
  let end = 0;
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, end)) {
    const start = bytes.lastIndexOf(lineEnd, at) + 1;
    end = bytes.indexOf(lineEnd, at) + 1;
    const line = parseLine(bytes.toString("utf8", start, end));
    if (line?.kind === "evaluation") yield line.value as unknown as EvaluationLine;
  }
}
