/** Tells whether a file has changed, without reading it. */

import { stat } from "node:fs/promises";

/** Returns a text that changes with the file; empty if there is none. */
export async function fileKey(path: string): Promise<string> {
  const file = await stat(path).catch(() => undefined);
  return file ? `${file.ino} ${file.size} ${file.mtimeMs}` : "";
}
