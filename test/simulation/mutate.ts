/**
 * `npm run test:mutations`: breaks a copy of the system in one place after the other, and requires that the simulation
 * detects each mutation within the number of seeds in mutations.ts.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Mutation, mutations } from "./mutations.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** The files and folders that the simulation needs. */
const copied = ["package.json", "tsconfig.json", "libs", "services", "test"];
/** Packages of this repository, which have to be the copy's. */
const own = { memnet: "libs/memnet", "@memnet": "node_modules/@memnet" };

const wanted = process.argv.slice(2);
const chosen = mutations.filter(({ name }) => wanted.every((part) => name.includes(part)));
/** Seeds that hold without any mutation. */
const sound = new Set<number>();
const missed: string[] = [];
const folder = await mkdtemp(join(tmpdir(), "memnet-mutations-"));
try {
  await copyTo(folder);
  for (const mutation of chosen) {
    const begun = performance.now();
    const found = await seedThatFinds(mutation);
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    const text = found === undefined ? `NOT FOUND within ${mutation.seeds} seeds` : `found by seed ${found}`;
    console.log(`${text} of ${mutation.seeds}, ${seconds} s: ${mutation.name}`);
    if (found === undefined) missed.push(mutation.name);
  }
} finally {
  await rm(folder, { recursive: true });
}
console.log(`${chosen.length - missed.length} of ${chosen.length} found`);
process.exitCode = chosen.length > 0 && missed.length === 0 ? 0 : 1;

async function seedThatFinds(mutation: Mutation): Promise<number | undefined> {
  const mend = await apply(mutation);
  const { code, output } = await simulate(folder, 1, mutation.seeds);
  await mend();
  const seeds = [...output.matchAll(/^Seed (\d+) does not hold/gm)].map(([, seed]) => Number(seed));
  if (code === 0) return undefined;
  if (code !== 1 || seeds.length === 0) {
    throw new Error(`The simulation of "${mutation.name}" ended with ${code}:\n${output}`);
  }
  const seed = Math.min(...seeds);
  // A seed that fails without the mutation too has not detected it.
  if (!sound.has(seed)) {
    const unbroken = await simulate(root, seed, seed);
    if (unbroken.code !== 0) throw new Error(`Seed ${seed} fails without any mutation:\n${unbroken.output}`);
    sound.add(seed);
  }
  return seed;
}

async function copyTo(folder: string): Promise<void> {
  const filter = (path: string) => basename(path) !== "node_modules";
  for (const name of copied) await cp(join(root, name), join(folder, name), { recursive: true, filter });
  const modules = join(folder, "node_modules");
  await mkdir(join(modules, "@memnet"), { recursive: true });
  for (const name of await readdir(join(root, "node_modules"))) {
    if (!(name in own)) await symlink(join(root, "node_modules", name), join(modules, name));
  }
  await symlink(join(folder, own.memnet), join(modules, "memnet"));
  for (const [name, path] of Object.entries(await packages())) {
    await symlink(join(folder, path), join(modules, "@memnet", name));
  }
}

/** The folders of the workspaces' packages, by the second part of their names. */
async function packages(): Promise<Record<string, string>> {
  const below = async (folder: string) =>
    (await readdir(join(root, folder))).map((name) => `${folder}/${name}`);
  const libraries = (await below("libs")).filter((path) => path !== "libs/memnet");
  const paths = [...(await below("services")), ...libraries];
  const found: Record<string, string> = {};
  for (const path of paths) {
    const { name } = JSON.parse(await readFile(join(root, path, "package.json"), "utf8")) as { name: string };
    found[name.split("/")[1]!] = path;
  }
  return found;
}

/** Breaks the copy. @returns a function that mends it */
async function apply({ name, file, text, instead }: Mutation): Promise<() => Promise<void>> {
  const path = join(folder, file);
  const whole = await readFile(path, "utf8");
  const places = whole.split(text).length - 1;
  if (places !== 1)
    throw new Error(`Cannot apply "${name}": its text stands ${places} times in ${file}, it must once`);
  await writeFile(
    path,
    whole.replace(text, () => instead),
  );
  return () => writeFile(path, whole);
}

async function simulate(
  folder: string,
  from: number,
  to: number,
): Promise<{ code: number | null; output: string }> {
  const args = ["--import", "tsx", "test/simulation/main.ts", "--seeds", `${from}..${to}`, "--bail"];
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
      output += text;
    });
  }
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output };
}
