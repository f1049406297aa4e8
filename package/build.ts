/**
 * Builds what the published package holds: the library as JavaScript and declarations in dist, the command's program in
 * program. `npm pack ./package` runs it.
 */

import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build as esbuild } from "esbuild";
import { build } from "../bin/bundle.js";
import { noticesOf } from "./notices.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const here = join(root, "package");
const engine = join("engines", "wasm", "build");

const node = (...args: string[]) => execFileSync(process.execPath, args, { cwd: root, stdio: "inherit" });

// Fails without a compiler: a package without its default engine is of no use.
node("--import", "tsx", "libs/memnet/build-wasm.ts");
for (const made of ["dist", "program"]) rmSync(join(here, made), { recursive: true, force: true });
const tsc = join("node_modules", "typescript", "bin", "tsc");
node(tsc, "-p", "package");
node(tsc, "-p", join("package", "tsconfig.node.json"));
// Its declarations name the library alone; those of the workspaces beneath are private.
renameSync(join(here, "dist", "node", "library.d.ts"), join(here, "dist", "node.d.ts"));
rmSync(join(here, "dist", "node"), { recursive: true });
const bundled = await bundleNode();
// tsc emits no files that are JavaScript already.
cpSync(join(root, "libs/memnet/src", engine), join(here, "dist", engine), { recursive: true });

mkdirSync(join(here, "program"));
for (const { outputFiles, metafile } of await build(root)) {
  bundled.push(...Object.keys(metafile.inputs));
  for (const { path, contents } of outputFiles)
    writeFileSync(join(here, "program", basename(path)), contents);
}
copyFileSync(join(root, "LICENSE"), join(here, "LICENSE"));
writeFileSync(join(here, "NOTICES.txt"), noticesOf(root, bundled));

/**
 * Bundles the entry for Node.js with the private workspaces that it uses; the library stays the one in dist.
 *
 * @returns the files that it was made from
 */
async function bundleNode(): Promise<string[]> {
  const { metafile } = await esbuild({
    absWorkingDir: root,
    metafile: true,
    entryPoints: [join(root, "libs/runs/src/library.ts")],
    outfile: join(here, "dist", "node.js"),
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    logLevel: "warning",
    external: ["tsx"],
    banner: {
      js: "import{createRequire as $createRequire}from'node:module';const require=$createRequire(import.meta.url);",
    },
    plugins: [
      {
        name: "the library beside it",
        setup(build) {
          build.onResolve({ filter: /^memnet$/ }, () => ({ path: "./index.js", external: true }));
        },
      },
    ],
  });
  return Object.keys(metafile.inputs);
}
