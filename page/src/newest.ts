/**
 * Reads the newest steps of runs whose files have not been read to their ends, only from these ends and only once per
 * change, so that a list of long runs appears quickly.
 */

import { open, stat } from "node:fs/promises";
import { type Line, parseLine } from "@memnet/runs";
import { keep } from "@memnet/service";
import type { ListedRun } from "./shared/api.ts";
import { bitsOf } from "./shared/bits.ts";

type Newest = Pick<ListedRun, "step" | "loss">;

/** Covers the newest step, whose line precedes at most those of its evaluation and of some events. */
const endBytes = 16 * 1024;

export class NewestFigures {
  private readonly most: number;
  private readonly kept = new Map<string, { readonly state: string; readonly figures: Newest }>();

  /** @param most maximum number of files that are remembered */
  constructor(most: number) {
    this.most = most;
  }

  async of(path: string): Promise<Newest> {
    const file = await stat(path).catch((error) => {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    });
    if (!file) return figuresOf(undefined);
    const { ino, size, mtimeMs } = file;
    const state = `${ino} ${size} ${mtimeMs}`;
    const before = this.kept.get(path);
    const figures = before?.state === state ? before.figures : await figuresIn(path, size);
    keep(this.kept, path, { state, figures }, this.most);
    return figures;
  }
}

/** @param line of a step; undefined if there is none yet */
export function figuresOf(line: Line | undefined): Newest {
  const loss = line?.value.loss;
  return { step: line?.step ?? 0, loss: typeof loss === "number" ? bitsOf(loss) : null };
}

async function figuresIn(path: string, size: number): Promise<Newest> {
  const lines = (await endOf(path, size)).split("\n");
  // After the last line's end comes nothing, or a torn line.
  for (const text of lines.slice(0, -1).reverse()) {
    const line = parseLine(text);
    if (line?.kind === "step") return figuresOf(line);
  }
  return figuresOf(undefined);
}

/** Returns the file's end; its first line may be cut off, and is then not a line. */
async function endOf(path: string, size: number): Promise<string> {
  const from = Math.max(0, size - endBytes);
  const handle = await open(path, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, size - from, from);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await handle.close();
  }
}
