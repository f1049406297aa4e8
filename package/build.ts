/**
 * Builds what the published package holds: the library as JavaScript and declarations in dist, the command's program in
 * program. `npm pack ./package` runs it.
 */

import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "../bin/bundle.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const here = join(root, "package");
const engine = join("engines", "wasm", "build");

const node = (...args: string[]) => execFileSync(process.execPath, args, { cwd: root, stdio: "inherit" });

for (const made of ["dist", "program"]) rmSync(join(here, made), { recursive: true, force: true });
// Fails without a compiler: a package without its default engine is of no use.
node("--import", "tsx", "libs/memnet/build-wasm.ts");
node("node_modules/typescript/bin/tsc", "-p", "package");
// tsc emits no files that are JavaScript already.
cpSync(join(root, "libs/memnet/src", engine), join(here, "dist", engine), { recursive: true });

mkdirSync(join(here, "program"));
for (const { outputFiles } of await build(root)) {
  for (const { path, contents } of outputFiles)
    writeFileSync(join(here, "program", basename(path)), contents);
}
copyFileSync(join(root, "LICENSE"), join(here, "LICENSE"));
