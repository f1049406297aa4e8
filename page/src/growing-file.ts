/** A file to which others append lines. Each reading continues where the previous one ended. */

import { open, stat } from "node:fs/promises";

/** Bytes read at a time. Our lines have some hundred bytes, so this many bytes without a line end are not a line. */
const stretchBytes = 4 * 1024 * 1024;

export interface LineReader {
  /** Forgets everything read before, because the file was replaced. */
  anew(): void;
  /** Takes whole lines. */
  take(lines: Buffer): Promise<void> | void;
}

/** How many bytes may be read; each reading takes its own out of it. */
export interface Budget {
  bytes: number;
}

/** A torn line at the end of a file is shorter than this. */
const lineBytesMax = 1000;

export class GrowingFile {
  private readonly path: string;
  private file = "";
  private position = 0;
  private size = 0;
  private last: Promise<unknown> = Promise.resolve();

  constructor(path: string) {
    this.path = path;
  }

  /** When the file was last written, UTC milliseconds since 1970; null if there was none. */
  modified: number | null = null;

  /** Whether every whole line that the file had has been read. */
  get isRead(): boolean {
    return this.size - this.position < lineBytesMax;
  }

  /**
   * Reads on, after the readings before.
   *
   * @param budget by default all is read; otherwise a torn line at the end of what is read is read again
   * @returns      what identifies the file; empty if there is none
   */
  read(reader: LineReader, budget?: Budget): Promise<string> {
    const reading = this.last.then(() => this.readOn(reader, budget));
    this.last = reading.catch(() => {});
    return reading;
  }

  private async readOn(reader: LineReader, budget: Budget | undefined): Promise<string> {
    const found = await stat(this.path).catch((error) => {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    });
    // The evaluator replaces the file to cut lines, and appends to it otherwise.
    const file = found ? `${found.ino}-${Math.round(found.birthtimeMs)}` : "";
    if (file !== this.file || (found && found.size < this.position)) {
      this.file = file;
      this.position = 0;
      reader.anew();
    }
    this.size = found?.size ?? 0;
    this.modified = found?.mtimeMs ?? null;
    const unread = this.size - this.position;
    const most = Math.min(unread, budget?.bytes ?? unread);
    if (budget) budget.bytes -= most;
    if (most > 0) await this.readUpTo(this.position + most, reader);
    return file;
  }

  private async readUpTo(size: number, reader: LineReader): Promise<void> {
    const handle = await open(this.path, "r");
    try {
      while (this.position < size) {
        const length = Math.min(stretchBytes, size - this.position);
        // Only what was read of the buffer is used.
        const buffer = Buffer.allocUnsafeSlow(length);
        const { bytesRead } = await handle.read(buffer, 0, length, this.position);
        const whole = buffer.lastIndexOf(0x0a, bytesRead - 1) + 1;
        // A torn line may be whole at the next reading.
        if (whole === 0 && bytesRead < stretchBytes) return;
        await reader.take(buffer.subarray(0, whole));
        this.position += whole || bytesRead;
      }
    } finally {
      await handle.close();
    }
  }
}
