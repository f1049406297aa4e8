/** Builds the dashboards' JSON from their source: npm run dashboards. */

import { writeFileSync } from "node:fs";
import { boards, folder, textOf } from "./boards.ts";

for (const [file, dashboard] of Object.entries(boards)) {
  writeFileSync(new URL(file, folder), textOf(dashboard));
  console.log(`deploy/grafana/dashboards/${file}`);
}
