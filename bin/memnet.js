#!/usr/bin/env node
// Plain JavaScript, as ./bundle.js is: what runs before any TypeScript can.
import { pathToFileURL } from "node:url";
import { bundled, isThere } from "./bundle.js";

// A launcher's services are the program that it is itself, without another look at the sources.
const { MEMNET_PROGRAM: started } = process.env;
const bundle = started && isThere(started) ? started : await bundled();
if (bundle) process.env.MEMNET_PROGRAM = bundle;
if (!bundle) {
  const [modules, commonJs] = await Promise.all([import("tsx/esm/api"), import("tsx/cjs/api")]);
  modules.register();
  // A user's own task file may lie in a folder that is no module.
  commonJs.register();
}
const { main } = await import(bundle ? pathToFileURL(bundle).href : "./src/main.ts");
process.exit(await main(process.argv.slice(2)));
