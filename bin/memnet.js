#!/usr/bin/env node
// The one plain file: TypeScript is run as it is, by tsx, so that nothing needs building.
import { register } from "tsx/esm/api";

register();
const { main } = await import("./src/main.ts");
process.exit(await main(process.argv.slice(2)));
