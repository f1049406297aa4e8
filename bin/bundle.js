/**
 * The program in a few files of plain JavaScript, made from the sources at the first start after they changed: a process
 * then starts in a third of the time that it takes with each source transpiled and loaded by itself. The bundle's folder
 * is named by a hash of all that goes into it, so that there is none that is stale.
 *
 *     node bin/bundle.js    makes it now, as `prepare` does, for places that cannot be written to later
 */

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = fileURLToPath(new URL("..", import.meta.url));
/** A program that runs may load more of its bundle, such as a thread: what nobody started for so long is removed. */
const unusedMsMax = 7 * 24 * 3600 * 1000;
/** Loaded as they are: what finds files beside itself, and what is seldom needed. */
const external = ["@tensorflow/*", "esbuild", "tsx"];

/**
 * Where the bundle of the present sources begins, made where it is not there; undefined where it cannot be made, and
 * the sources have to do.
 *
 * @param root the repository
 */
export async function bundled(root = here) {
  const files = sourcesOf(root);
  const folder = join(root, "bin", `build-${hashOf(root, files)}`);
  // One level below bin, as src is, so that what is found from there is found from here.
  const main = join(folder, "main.js");
  try {
    if (!isThere(main)) await make(root, files, folder);
  } catch {
    // No bundler, a folder that cannot be written to, an error in a source: all but the last is well, and tsx tells of that.
    if (!existsSync(main)) return undefined;
  }
  return main;
}

/** Whether a bundle begins here; it is used then, and stays. */
export function isThere(main) {
  if (!existsSync(main)) return false;
  try {
    utimesSync(dirname(main), new Date(), new Date());
  } catch {
    // A folder of somebody else's, who removes it when they like.
  }
  return true;
}

function sourcesOf(root) {
  const packages = ["libs", "services"].flatMap((group) => {
    const folder = join(root, group);
    return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  });
  return [join(root, "bin"), ...packages].flatMap((folder) => [
    join(folder, "package.json"),
    ...below(join(folder, "src")),
  ]);
}

function below(folder) {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return below(path);
    return /\.(ts|js)$/.test(entry.name) && !entry.name.endsWith(".test.ts") ? [path] : [];
  });
}

function hashOf(root, files) {
  const hash = createHash("sha256");
  const installed = [join(root, "node_modules", ".package-lock.json"), fileURLToPath(import.meta.url)];
  for (const file of [...files, ...installed]) {
    if (!existsSync(file)) continue;
    const bytes = readFileSync(file);
    hash.update(`${relative(root, file)} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest("hex").slice(0, 16);
}

async function make(root, files, folder) {
  const { buildSync } = await import("esbuild");
  const half = `${folder}.${process.pid}`;
  try {
    buildSync({
      absWorkingDir: root,
      entryPoints: [
        join(root, "bin", "src", "main.ts"),
        ...files.filter((file) => file.endsWith("-thread.ts")),
      ],
      entryNames: "[name]",
      outdir: half,
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "node",
      target: "node20",
      external,
      // Packages that are CommonJS ask for Node.js's own modules by it.
      banner: {
        js: "import{createRequire as $createRequire}from'node:module';const require=$createRequire(import.meta.url);",
      },
      logLevel: "silent",
    });
    await makePageScript(buildSync, root, half);
    // Several that start at the same moment make the same one.
    if (!existsSync(folder)) renameSync(half, folder);
  } finally {
    rmSync(half, { recursive: true, force: true });
  }
  removeUnused(join(root, "bin"));
}

/** What the runs' page loads, so that whoever opens it first does not wait for a bundler. */
async function makePageScript(buildSync, root, folder) {
  const page = join(root, "services", "evaluator", "src", "page");
  if (!existsSync(page)) return;
  const { scriptName, scriptOptions } = await import(pathToFileURL(join(page, "script.js")).href);
  const entryPoints = [join(page, "client", "main.ts")];
  buildSync({ ...scriptOptions, absWorkingDir: root, entryPoints, outfile: join(folder, scriptName) });
}

function removeUnused(bin) {
  for (const name of readdirSync(bin)) {
    const path = join(bin, name);
    if (name.startsWith("build-") && Date.now() - statSync(path).mtimeMs > unusedMsMax)
      rmSync(path, { recursive: true, force: true });
  }
}

if (process.argv[1] && basename(process.argv[1]) === "bundle.js") {
  if (!(await bundled()))
    console.error("The program is not bundled; it starts from its sources, which takes longer");
}
