/** Where the files of the program's bundle lie. */

import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";

/**
 * Returns the folder of the bundle that the caller is part of, or that was made of its source: the one that MEMNET_PROGRAM
 * is in. Returns undefined if there is none.
 *
 * @param asker the calling module's `import.meta.url`
 */
export function bundleOf(asker: string): URL | undefined {
  if (!asker.endsWith(".ts")) return new URL("./", asker);
  const { MEMNET_PROGRAM: program } = process.env;
  return program && existsSync(program) ? new URL("./", pathToFileURL(program)) : undefined;
}
