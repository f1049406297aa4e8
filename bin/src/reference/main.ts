/** Writes what is made from the settings' schemas and the commands' help: npm run reference. */

import { writeFileSync } from "node:fs";
import { made, root } from "./made.ts";

for (const [path, text] of Object.entries(await made())) {
  writeFileSync(new URL(path, root), text);
  console.log(path);
}
