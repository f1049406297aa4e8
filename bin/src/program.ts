/** This program's path and version. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The path for starting the program again as a service. */
export const memnetPath = fileURLToPath(new URL("../memnet.js", import.meta.url));

export function version(): string {
  const file = new URL("../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
