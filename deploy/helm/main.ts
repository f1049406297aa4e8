/** Builds the Helm chart from the manifests: npm run chart. */

import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { say } from "@memnet/terminal";
import { helpers, templates } from "./templates.ts";

const chart = fileURLToPath(new URL("chart", import.meta.url));
const built = fileURLToPath(new URL("build/memnet", import.meta.url));

/** Writes the chart to a folder, which is removed first. */
export function buildChart(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  cpSync(chart, folder, { recursive: true });
  mkdirSync(join(folder, "templates"));
  writeFileSync(join(folder, "templates/_helpers.tpl"), helpers);
  for (const [name, text] of Object.entries(templates()))
    writeFileSync(join(folder, "templates", name), text);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  buildChart(built);
  say(built);
}
