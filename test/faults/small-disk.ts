/** A file system that can be filled without affecting others: a small tmpfs, if this process may mount one. */

import { spawnSync } from "node:child_process";
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

/** A run's checkpoints take about 10 to 30 MB. */
const checkpointMegabytes = 64;
/** The most that a minute's lines of metrics.jsonl take: 250 bytes for each of some 200 steps a second. */
const minuteMegabytes = 4;

export class SmallDisk implements Disposable {
  readonly folder: string;
  private mounted: boolean;
  private readonly filler: string;

  /** Creates the folder if it does not exist. @param minutes how long runs train in it */
  static async at(folder: string, minutes: number): Promise<SmallDisk> {
    await mkdir(folder, { recursive: true });
    const megabytes = Math.ceil(checkpointMegabytes + minuteMegabytes * Math.max(16, minutes));
    const { status } = spawnSync(
      "mount",
      ["-t", "tmpfs", "-o", `size=${megabytes}m`, "memnet-faults", folder],
      {
        stdio: "ignore",
      },
    );
    return new SmallDisk(folder, status === 0);
  }

  private constructor(folder: string, mounted: boolean) {
    this.folder = folder;
    this.mounted = mounted;
    this.filler = join(folder, ".filler");
  }

  /** False if the folder is not a file system of its own, and so must not be filled. */
  get canFill(): boolean {
    return this.mounted;
  }

  fill(): void {
    if (!this.mounted) throw new Error(`Cannot fill ${this.folder}: it is no file system of its own`);
    const file = openSync(this.filler, "w");
    try {
      // Fill the last bytes too, since a write of which only half fits is part of the fault.
      for (const bytes of [1 << 20, 4096]) {
        const block = Buffer.alloc(bytes);
        while (written(file, block));
      }
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    rmSync(this.filler, { force: true });
  }

  [Symbol.dispose](): void {
    if (!this.mounted) return;
    this.mounted = spawnSync("umount", ["-l", this.folder], { stdio: "ignore" }).status !== 0;
  }
}

/** Returns false if the disk is full. */
function written(file: number, block: Buffer): boolean {
  try {
    return writeSync(file, block) === block.length;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOSPC") return false;
    throw error;
  }
}
