/** Finds programs on the PATH. */

import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** @returns the program's path, null if it is not on the PATH */
export function programOnPath(name: string, path: string | undefined): string | null {
  for (const folder of (path ?? "").split(delimiter)) {
    const candidate = join(folder || ".", name);
    try {
      accessSync(candidate, constants.X_OK);
      if (statSync(candidate).isFile()) return candidate;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}
