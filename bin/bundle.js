/**
 * The program in a few files of plain JavaScript: a process starts from them in a third of the time that it takes with
 * each source transpiled and loaded by itself. `prepare` makes them, and so does the first start after a source changed.
 *
 *     node bin/bundle.js    makes them now
 *
 * A bundle lies in a folder of its own, bin/build-HASH. bin/build.json names the current one, and the size and
 * time of each file that it was made from: a start compares these and reads no source.
 */

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = fileURLToPath(new URL("..", import.meta.url));
/** A running program may load more of its bundle, such as a thread: one that no start has used for so long is removed. */
const unusedMsMax = 7 * 24 * 3600 * 1000;
/** Loaded as they are: packages that find files beside themselves, and those that are seldom needed. */
const external = ["@tensorflow/*", "esbuild", "tsx"];

/**
 * The entry of the present sources' bundle, which is made if there is none. Undefined if it cannot be made: the sources
 * have to do.
 *
 * @param root the repository
 */
export async function bundled(root = here) {
  const main = currentOf(root);
  if (main && isThere(main)) return main;
  try {
    return await make(root);
  } catch {
    // No bundler, a folder that cannot be written, or an error in a source, which tsx reports.
    return undefined;
  }
}

/** Whether a bundle's entry is there; if so, its folder stays another week. */
export function isThere(main) {
  if (!existsSync(main)) return false;
  try {
    utimesSync(dirname(main), new Date(), new Date());
  } catch {
    // The folder is read-only or another user's.
  }
  return true;
}

const ifThere = { throwIfNoEntry: false };

const current = (root) => join(root, "bin", "build.json");

/** The entry of the bundle that was made last; undefined if a file that it was made from is another one now. */
function currentOf(root) {
  let made;
  try {
    made = JSON.parse(readFileSync(current(root), "utf8"));
  } catch {
    return undefined;
  }
  for (const path in made.files) if (stampOf(root, path) !== made.files[path]) return undefined;
  // One level below bin, as src is: relative paths are the same from both.
  return join(root, "bin", made.folder, "main.js");
}

/** Tells a file from what it was before, without reading it. */
function stampOf(root, path) {
  const stat = statSync(join(root, path), ifThere);
  return stat ? `${stat.size} ${stat.mtimeMs}` : "none";
}

async function make(root) {
  const { buildSync } = await import("esbuild");
  const startedMs = Date.now();
  const made = [buildSync(programOptions(root)), ...(await pageScript(buildSync, root))];
  const folder = await keep(
    root,
    made.flatMap(({ outputFiles }) => outputFiles),
  );
  const files = {};
  for (const path of inputsOf(root, made)) {
    // The bundle may hold what a file was before it changed meanwhile. The clock of files ticks every few ms.
    const changed = statSync(join(root, path), ifThere)?.mtimeMs > startedMs - 10;
    files[path] = changed ? "changed" : stampOf(root, path);
  }
  const half = `${current(root)}.${process.pid}`;
  writeFileSync(half, `${JSON.stringify({ folder, files }, null, 1)}\n`);
  renameSync(half, current(root));
  removeUnused(join(root, "bin"), folder);
  return join(root, "bin", folder, "main.js");
}

function programOptions(root) {
  const threads = packagesOf(root).flatMap((folder) => below(join(root, folder, "src"), "-thread.ts"));
  return {
    absWorkingDir: root,
    entryPoints: [join(root, "bin", "src", "main.ts"), ...threads],
    entryNames: "[name]",
    outdir: "build",
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
    metafile: true,
    write: false,
  };
}

/** What the runs' page loads, so that its first visitor does not wait for a bundler. */
async function pageScript(buildSync, root) {
  const page = join(root, "services", "evaluator", "src", "page");
  if (!existsSync(page)) return [];
  const { scriptName, scriptOptions } = await import(pathToFileURL(join(page, "script.js")).href);
  const entryPoints = [join(page, "client", "main.ts")];
  const own = { absWorkingDir: root, entryPoints, outfile: scriptName, metafile: true, write: false };
  return [buildSync({ ...scriptOptions, ...own })];
}

/** Writes a bundle where there is none of the same bytes. @returns its folder's name, a hash of these */
async function keep(root, outputs) {
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha256");
  for (const { path, contents } of outputs)
    hash.update(`${basename(path)} ${contents.length}\n`).update(contents);
  const name = `build-${hash.digest("hex").slice(0, 16)}`;
  const folder = join(root, "bin", name);
  const half = `${folder}.${process.pid}`;
  try {
    mkdirSync(half);
    for (const { path, contents } of outputs) writeFileSync(join(half, basename(path)), contents);
    // Several that start at the same moment make the same one.
    if (!existsSync(folder)) renameSync(half, folder);
  } finally {
    rmSync(half, { recursive: true, force: true });
  }
  return name;
}

/** The files that decide what a bundle is, as paths from the root; npm's list stands for all packages. */
function inputsOf(root, made) {
  const inputs = made.flatMap(({ metafile }) => Object.entries(metafile.inputs));
  const sources = inputs.filter(([path]) => !path.includes("node_modules/"));
  // What is not built yet, such as the wasm engine's module.
  const missing = sources.flatMap(([path, { imports }]) =>
    imports
      .filter(({ external, path: to }) => external && to.startsWith("."))
      .map(({ path: to }) => join(dirname(path), to)),
  );
  const packages = packagesOf(root).map((folder) => join(folder, "package.json"));
  const tools = [relative(root, fileURLToPath(import.meta.url)), join("node_modules", ".package-lock.json")];
  return [...new Set([...sources.map(([path]) => path), ...missing, ...packages, ...tools])];
}

/** As paths from the root. */
function packagesOf(root) {
  const grouped = ["libs", "services"].flatMap((group) => {
    const folder = join(root, group);
    return existsSync(folder) ? readdirSync(folder).map((name) => join(group, name)) : [];
  });
  return ["bin", ...grouped];
}

function below(folder, ending) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return below(path, ending);
    return entry.name.endsWith(ending) ? [path] : [];
  });
}

function removeUnused(bin, used) {
  for (const name of readdirSync(bin)) {
    const path = join(bin, name);
    if (
      name.startsWith("build-") &&
      name !== used &&
      Date.now() - statSync(path, ifThere)?.mtimeMs > unusedMsMax
    )
      rmSync(path, { recursive: true, force: true });
  }
}

if (process.argv[1] && basename(process.argv[1]) === "bundle.js") {
  if (!(await bundled()))
    console.error("The program is not bundled; it starts from its sources, which takes longer");
}
