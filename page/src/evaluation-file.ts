/**
 * A run's evaluations, read from metrics.jsonl without parsing the other lines: there are many runs, and most of their
 * lines are of steps. Each reading continues where the previous one ended.
 */

import { type EvaluationLine, parseLine } from "@memnet/runs";
import { GrowingFile } from "./growing-file.ts";

/** Every evaluation line has this as a value. */
const mark = Buffer.from(JSON.stringify("evaluation"));
const lineEnd = 0x0a;

export class EvaluationFile {
  private readonly growing: GrowingFile;
  private lines: EvaluationLine[] = [];

  constructor(path: string) {
    this.growing = new GrowingFile(path);
  }

  /** The bytes that have been read. */
  get length(): number {
    return this.growing.length;
  }

  /**
   * Returns the lines, ascending by step.
   *
   * @param most how many bytes are read
   */
  async read(most = Infinity): Promise<readonly EvaluationLine[]> {
    await this.growing.read(
      {
        anew: () => {
          this.lines = [];
        },
        take: (bytes) => {
          // A new array, since the caller keeps the one before. Evaluations arrive in the order in which they finish.
          this.lines = [...this.lines, ...evaluationsIn(bytes)].sort((a, b) => a.step - b.step);
        },
      },
      most,
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
