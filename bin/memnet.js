#!/usr/bin/env node
// Plain JavaScript, as ./bundle.js is: what runs before any TypeScript can.
import { pathToFileURL } from "node:url";
import { bundled } from "./bundle.js";

const bundle = await bundled();
if (!bundle) {
  const [modules, commonJs] = await Promise.all([import("tsx/esm/api"), import("tsx/cjs/api")]);
  modules.register();
  // A user's own task file may lie in a folder that is no module.
  commonJs.register();
}
const { main } = await import(bundle ? pathToFileURL(bundle).href : "./src/main.ts");
process.exit(await main(process.argv.slice(2)));
