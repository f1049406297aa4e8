/** The files that `npm run reference` writes, by their paths from the root. */

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { environmentTable } from "./environment-table.ts";
import { settingsTable } from "./settings-table.ts";
import { typesText } from "./types-text.ts";

export const root = new URL("../../../", import.meta.url);

export async function made(): Promise<Readonly<Record<string, string>>> {
  const types = "libs/memnet/src/config/written.ts";
  return {
    "docs/environment.md": await environmentTable(),
    "docs/settings.md": settingsTable(),
    [types]: formatted(types, typesText()),
  };
}

/** A source as `npm run format` leaves it. */
function formatted(path: string, text: string): string {
  const biome = fileURLToPath(new URL("node_modules/.bin/biome", root));
  return execFileSync(biome, ["format", `--stdin-file-path=${path}`], {
    input: text,
    encoding: "utf8",
    cwd: root,
  });
}
