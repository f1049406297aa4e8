#!/usr/bin/env node
// Plain JavaScript, like ./bundle.js: this runs before any TypeScript can be loaded.
import { pathToFileURL } from "node:url";
import { bundled, isThere } from "./bundle.js";

// A launcher's services run the launcher's own program and do not check the sources again.
const { MEMNET_PROGRAM: started } = process.env;
const bundle = started && isThere(started) ? started : await bundled();
if (bundle) process.env.MEMNET_PROGRAM = bundle;
if (!bundle) {
  const [modules, commonJs] = await Promise.all([import("tsx/esm/api"), import("tsx/cjs/api")]);
  modules.register();
  // A user's task file may be in a folder whose files load as CommonJS.
  commonJs.register();
}
const { main } = await import(bundle ? pathToFileURL(bundle).href : "./src/main.ts");
process.exit(await main(process.argv.slice(2)));
