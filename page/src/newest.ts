/**
 * Reads runs' newest figures, only from the ends of their files and only once per change, so that a list of long runs
 * appears quickly.
 */

import { type FileHandle, open } from "node:fs/promises";
import { eachLine } from "@memnet/runs";
import type { ListedRun } from "./shared/api.ts";
import { bitsOf } from "./shared/bits.ts";

interface Newest extends Pick<ListedRun, "step" | "loss" | "wrongBits"> {
  /** The size of the file. */
  readonly bytes: number;
  /** When the file was last written, UTC milliseconds since 1970; null if there is none. */
  readonly modified: number | null;
}

/** Covers some thousand steps, and so the newest evaluation at usual intervals. */
const endBytes = 256 * 1024;

export class NewestFigures {
  private readonly most: number;
  private readonly kept = new Map<string, { readonly state: string; readonly figures: Newest }>();

  /** @param most maximum number of files that are remembered */
  constructor(most: number) {
    this.most = most;
  }

  async of(path: string): Promise<Newest> {
    const handle = await open(path, "r").catch((error) => {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    });
    if (!handle) return { step: 0, loss: null, wrongBits: null, bytes: 0, modified: null };
    try {
      const { ino, size, mtimeMs } = await handle.stat();
      const state = `${ino} ${size} ${mtimeMs}`;
      const before = this.kept.get(path);
      const figures = before?.state === state ? before.figures : await figuresIn(handle, size, mtimeMs);
      this.keep(path, state, figures);
      return figures;
    } finally {
      await handle.close();
    }
  }

  private keep(path: string, state: string, figures: Newest): void {
    this.kept.delete(path);
    this.kept.set(path, { state, figures });
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= this.most) return;
      this.kept.delete(oldest);
    }
  }
}

async function figuresIn(handle: FileHandle, size: number, modified: number): Promise<Newest> {
  const newest = { step: 0, loss: null as number | null, wrongBits: null as number | null };
  await eachLine(await endOf(handle, size), ({ kind, step, value }) => {
    if (kind === "step") {
      newest.step = step!;
      newest.loss = typeof value.loss === "number" ? bitsOf(value.loss) : null;
    } else if (kind === "evaluation" && value.split === "validation") {
      newest.wrongBits = typeof value.wrongBits === "number" ? value.wrongBits : null;
    }
  });
  return { ...newest, bytes: size, modified };
}

async function endOf(handle: FileHandle, size: number): Promise<Uint8Array> {
  const from = Math.max(0, size - endBytes);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, size - from, from);
  const bytes = buffer.subarray(0, bytesRead);
  // The first line is cut off, unless it is the first of the file.
  return from === 0 ? bytes : bytes.subarray(bytes.indexOf(0x0a) + 1);
}
