#!/usr/bin/env node
// The one plain file: TypeScript is run as it is, by tsx, so that nothing needs building.
import { register as registerCommonJs } from "tsx/cjs/api";
import { register } from "tsx/esm/api";

register();
// A user's own task file may lie in a folder that is no module.
registerCommonJs();
const { main } = await import("./src/main.ts");
process.exit(await main(process.argv.slice(2)));
