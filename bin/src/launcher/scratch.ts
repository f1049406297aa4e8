/** A folder for files that only this process and those that it starts read, and the socket in it. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemReason, UsageError } from "@memnet/terminal";

/** The paths of Unix sockets are limited: sun_path of unix(7) has 108 bytes, 104 on macOS. */
const socketPathBytesMax = 100;

/** @throws UsageError if the path would be too long */
export function socketIn(scratch: string): string {
  const path = join(scratch, "network");
  const bytes = Buffer.byteLength(path);
  if (bytes <= socketPathBytesMax) return path;
  throw new UsageError(
    `Cannot make a socket in ${scratch}: its path must have at most ${socketPathBytesMax} bytes, got ${bytes}; ` +
      "TMPDIR may name a folder with a shorter path",
  );
}

/** @throws UsageError if it cannot be made */
export function makeScratch(): string {
  try {
    return mkdtempSync(join(tmpdir(), "memnet-"));
  } catch (cause) {
    const rule = "TMPDIR must name a folder that can be written";
    throw new UsageError(
      `Cannot make a temporary folder in ${tmpdir()}: ${rule}, and ${systemReason(cause)}`,
      {
        cause,
      },
    );
  }
}

export function removeScratch(scratch: string): void {
  rmSync(scratch, { recursive: true, force: true });
}
