/**
 * Bundles the program into a few files of plain JavaScript. A process starts from them in a third of the time that it
 * needs to transpile and load every source by itself. `prepare` makes the bundle, and so does the first start after a
 * source has changed.
 *
 *     node bin/bundle.js    makes it now, and prints its entry file
 *
 * Each bundle has a folder of its own, bin/build-HASH. bin/build.json names the current one and lists the size and time
 * of every file it was made from; a start compares these and reads no source.
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
/**
 * A running program may load more of its bundle, such as a thread, so only bundles unused for this long are removed.
 */
const unusedMsMax = 7 * 24 * 3600 * 1000;
/** Packages left out of the bundle: those that look for files beside themselves, and those that are seldom needed. */
const external = ["@tensorflow/*", "esbuild", "tsx"];

/**
 * Returns the entry file of the bundle of the present sources, and makes the bundle if there is none. Returns undefined
 * if it cannot be made; the program then runs from its sources.
 *
 * @param root the repository
 */
export async function bundled(root = here) {
  const main = currentOf(root);
  if (main && isThere(main)) return main;
  try {
    return await make(root);
  } catch {
    // esbuild is missing, the folder is not writable, or a source has an error, which tsx will report.
    return undefined;
  }
}

/** Reports whether a bundle's entry file exists, and if so keeps its folder for another week. */
export function isThere(main) {
  if (!existsSync(main)) return false;
  try {
    utimesSync(dirname(main), new Date(), new Date());
  } catch {
    // The folder is read-only or belongs to another user.
  }
  return true;
}

const ifThere = { throwIfNoEntry: false };

const current = (root) => join(root, "bin", "build.json");

/** Returns the entry file of the latest bundle; undefined if any file that it was made from has changed. */
function currentOf(root) {
  let made;
  try {
    made = JSON.parse(readFileSync(current(root), "utf8"));
  } catch {
    return undefined;
  }
  for (const path in made.files) if (stampOf(root, path) !== made.files[path]) return undefined;
  // One level below bin, like src, so that relative paths are the same from both.
  return join(root, "bin", made.folder, "main.js");
}

/** A stamp of size and time that changes when a file does; reading the file is not needed. */
function stampOf(root, path) {
  const stat = statSync(join(root, path), ifThere);
  return stat ? `${stat.size} ${stat.mtimeMs}` : "none";
}

async function make(root) {
  const startedMs = Date.now();
  const made = await build(root);
  const folder = await keep(
    root,
    made.flatMap(({ outputFiles }) => outputFiles),
  );
  const files = {};
  for (const path of inputsOf(root, made)) {
    // A file that changed during the build may be bundled in its old form. File times advance in steps of a few ms.
    const changed = statSync(join(root, path), ifThere)?.mtimeMs > startedMs - 10;
    files[path] = changed ? "changed" : stampOf(root, path);
  }
  const half = `${current(root)}.${process.pid}`;
  writeFileSync(half, `${JSON.stringify({ folder, files }, null, 1)}\n`);
  renameSync(half, current(root));
  removeUnused(join(root, "bin"), folder);
  return join(root, "bin", folder, "main.js");
}

/**
 * Builds the program, its threads, and the page's files beside them.
 *
 * @returns results of esbuild, with their output files unwritten
 */
export async function build(root = here) {
  const { buildSync } = await import("esbuild");
  return [buildSync(programOptions(root)), ...(await pageFiles(buildSync, root))];
}

function programOptions(root) {
  const sources = packagesOf(root).flatMap((folder) => below(join(root, folder, "src"), ".ts"));
  const threads = sources.filter((path) => /^serve(Thread|Module)\(/m.test(readFileSync(path, "utf8")));
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
    // CommonJS packages call this `require` for Node.js's own modules.
    banner: {
      js: "import{createRequire as $createRequire}from'node:module';const require=$createRequire(import.meta.url);",
    },
    logLevel: "silent",
    metafile: true,
    write: false,
  };
}

/** Builds the scripts of the runs' page, so that the page's first visitor does not wait for a bundler; copies the rest. */
async function pageFiles(buildSync, root) {
  const page = join(root, "page", "src");
  if (!existsSync(page)) return [];
  const { scriptOptions } = await import(pathToFileURL(join(page, "script.js")).href);
  const client = (name) => join(page, "client", name);
  const own = { absWorkingDir: root, metafile: true, write: false };
  return [
    buildSync({ ...scriptOptions, ...own, entryPoints: [client("main.ts")] }),
    buildSync({
      ...own,
      entryPoints: [client("style.css"), client("icon.svg")],
      entryNames: "[name]",
      outdir: "build",
      loader: { ".css": "copy", ".svg": "copy" },
      logLevel: "silent",
    }),
  ];
}

/** Writes a bundle, unless one with the same bytes exists. @returns its folder's name, a hash of these bytes */
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
    if (!existsSync(folder)) renameSync(half, folder);
  } catch (error) {
    // Processes that start at the same moment make identical bundles; the first one wins.
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(half, { recursive: true, force: true });
  }
  return name;
}

/** The files that determine a bundle, as paths from the root. npm's lock file represents all installed packages. */
function inputsOf(root, made) {
  const inputs = made.flatMap(({ metafile }) => Object.entries(metafile.inputs));
  const sources = inputs.filter(([path]) => !path.includes("node_modules/"));
  // Imported files that are not built yet, such as the wasm engine's module.
  const missing = sources.flatMap(([path, { imports }]) =>
    imports
      .filter(({ external, path: to }) => external && to.startsWith("."))
      .map(({ path: to }) => join(dirname(path), to)),
  );
  const packages = packagesOf(root).map((folder) => join(folder, "package.json"));
  const tools = [relative(root, fileURLToPath(import.meta.url)), join("node_modules", ".package-lock.json")];
  return [...new Set([...sources.map(([path]) => path), ...missing, ...packages, ...tools])];
}

/** The folders of all packages, as paths from the root. */
function packagesOf(root) {
  const grouped = ["libs", "services"].flatMap((group) => {
    const folder = join(root, group);
    return existsSync(folder) ? readdirSync(folder).map((name) => join(group, name)) : [];
  });
  return [...["bin", "page"].filter((name) => existsSync(join(root, name))), ...grouped];
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
  const program = await bundled();
  if (program) console.log(program);
  else console.error("The program is not bundled; it starts from its sources, which takes longer");
}
