/** Writes what is made from the schemas of the settings, and from the list of environment variables: npm run reference. */

import { writeFileSync } from "node:fs";
import { made, root } from "./made.ts";

for (const [path, text] of Object.entries(made())) {
  writeFileSync(new URL(path, root), text);
  console.log(path);
}
