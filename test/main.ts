/**
 * The test runner behind `npm test`: runs every *.test.ts of libs, services, page, bin, bench, results, deploy and test. A
 * process takes several small ones of a folder, since it starts for longer than they run.
 *
 *     npm test -- [--serial] [PATH…]     only the files whose path contains one of the given parts, and no part after a !
 *
 * It ends with the tests that were skipped. If CI is set, they are failures: .ci/run installs what the tests need.
 */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join, relative, sep } from "node:path";
import { run } from "node:test";
import { spec as Spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { exitCodes } from "@memnet/terminal";
import { bundleTests } from "./bundle.ts";

interface Skipped {
  readonly file: string;
  readonly name: string;
  readonly reason: string;
}

const root = fileURLToPath(new URL("..", import.meta.url));
const folders = ["libs", "services", "page", "bin", "bench", "results", "deploy", "package", "test"];
/** Files that start other processes, wait for them, or compute for long: each has a process of its own. */
const apart =
  /^test\/(browser|integration|nats|parity)\/|^deploy\/slurm\/|^bin\/src\/main\.test|\/webgpu\/engine\./;
/** Files that compute on a software GPU, wait for a time limit of Slurm or measure speed: up to a minute each. */
const longest = /\/engines\/webgpu\/|^deploy\/slurm\/|^bench\//;
const filesAProcess = 12;
/** A process that takes longer than this hangs; the whole suite should take less. */
const processDeadlineMs = 10 * 60_000;

const { values, positionals } = parseArgs({
  options: { serial: { type: "boolean", default: false } },
  allowPositionals: true,
});
process.exitCode = await main(positionals, values.serial);

async function main(filters: readonly string[], serial: boolean): Promise<number> {
  const files = testFiles(filters);
  if (files.length === 0) {
    const where =
      filters.length > 0 ? `has ${filters.join(" or ")} in its path` : `is in ${folders.join(", ")}`;
    console.error(`No test file ${where}`);
    return 1;
  }
  // The programs and threads that tests start need not look for the bundle of their sources or load each source.
  const program = execFileSync(process.execPath, ["bin/bundle.js"], { cwd: root, encoding: "utf8" }).trim();
  if (program !== "") process.env.MEMNET_PROGRAM = program;
  // Many tests wait, so there are more processes than processors.
  const { failures, skipped } = await runAll(files, serial ? 1 : availableParallelism() + 2);
  if (skipped.length > 0) console.error(skippedText(skipped));
  return failures > 0 || (process.env.CI && skipped.length > 0) ? 1 : 0;
}

/** Says what was skipped, by the reason, and which command installs what was missing. */
function skippedText(skipped: readonly Skipped[]): string {
  const reasons = [...new Set(skipped.map(({ reason }) => reason))].map((reason) => {
    const tests = skipped.filter((one) => one.reason === reason);
    const files = [...new Set(tests.map(({ file }) => file))].sort();
    return `  ${tests.length}: ${reason}\n${files.map((file) => `     ${file}\n`).join("")}`;
  });
  const rule = process.env.CI
    ? "In CI none may be"
    : "On a Debian, `.ci/run install` installs what they need";
  return `\nTests skipped: ${skipped.length}. ${rule}:\n${reasons.join("")}`;
}

/**
 * Lists test files, as paths from the root: first the longest, so that none of them is left alone at the end, then those
 * of test/, which take long and often wait.
 */
function testFiles(filters: readonly string[]): string[] {
  const unwanted = filters.filter((filter) => filter.startsWith("!")).map((filter) => filter.slice(1));
  const wanted = filters
    .filter((filter) => !filter.startsWith("!"))
    .map((filter) => (filter.startsWith(root) ? relative(root, filter) : filter.replace(/^\.\//, "")));
  const files = folders
    .flatMap((folder) => filesUnder(join(root, folder)))
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => relative(root, file).split(sep).join("/"))
    .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
    .filter((file) => !unwanted.some((part) => file.includes(part)))
    .sort()
    .reverse();
  return [...files.filter((file) => longest.test(file)), ...files.filter((file) => !longest.test(file))];
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === "node_modules") return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
}

/** Divides the files among processes. */
function groupsOf(files: readonly string[]): string[][] {
  const groups: string[][] = [];
  const open = new Map<string, string[]>();
  for (const file of files) {
    const folder = apart.test(file) ? file : folderOf(file);
    const group = open.get(folder);
    if (group && group.length < filesAProcess) group.push(file);
    else {
      open.set(folder, [file]);
      groups.push(open.get(folder)!);
    }
  }
  return groups;
}

/** Returns the folder whose files share processes: an engine's, else the first two parts of the path. */
function folderOf(file: string): string {
  const [engine] = /^.*\/engines\/[^/]+(?=\/)/.exec(file) ?? [];
  return engine ?? dirname(file).split("/").slice(0, 2).join("/");
}

async function runAll(
  files: readonly string[],
  concurrency: number,
): Promise<{ failures: number; skipped: Skipped[] }> {
  process.chdir(root);
  const folder = mkdtempSync(join(root, "test", "build-"));
  process.on("exit", () => rmSync(folder, { recursive: true }));
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(exitCodes.interrupted));
  const groups = groupsOf(files);
  const scripts = await bundleTests(root, groups, folder);
  // The processes inherit this one's options. They do not need `--import tsx`, and errors should name the sources.
  process.execArgv.splice(0, process.execArgv.length, "--enable-source-maps");
  const skipped: Skipped[] = [];
  let failures = 0;
  return new Promise((resolve, reject) => {
    const events = run({ files: scripts, concurrency, timeout: processDeadlineMs });
    events.on("test:fail", ({ todo }) => {
      if (todo === undefined || todo === false) failures += 1;
    });
    events.on("test:pass", ({ name, file, skip }) => {
      // A script counts as a test itself if it has none.
      if (scripts.includes(name)) {
        failures += 1;
        console.error(`No test has run of ${groups[scripts.indexOf(name)]!.join(", ")}`);
      }
      if (skip === undefined || skip === false) return;
      const reason = typeof skip === "string" && skip !== "" ? skip : "no reason given";
      skipped.push({ file: file ? relative(root, file) : "?", name, reason });
    });
    const report = events.compose(new Spec());
    report.on("error", reject);
    report.on("end", () => resolve({ failures, skipped }));
    report.pipe(process.stdout);
  });
}
