/**
 * Checks the published package from its tarball, in a folder with spaces in its path: every runtime, module system,
 * compiler and bundler trains to the same SHA-256, and the command works.
 *
 *     npm run test:package
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { train } from "memnet";
import type { Browser } from "playwright-core";
import { startChromium } from "../browser/browser.testing.ts";
import { exampleChecks } from "./examples.ts";
import { titleOf } from "./in-browser.ts";
import { User } from "./user.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const call = `train({ preset: "copy-dnc", settings: { steps: 20, seed: 1 } })`;
const { sha256 } = await train({ preset: "copy-dnc", engine: "wasm", settings: { steps: 20, seed: 1 } });

const task = `export const task = {
  name: "last-bit",
  settings: { length: [2, 4] },
  beyond: {},
  input: () => 1,
  output: () => 1,
  sequence(settings: { length: [number, number] }, draws: { integer(lo: number, hi: number): number; bit(): number }) {
    const times = draws.integer(...settings.length);
    const x = Float32Array.from({ length: times }, () => draws.bit());
    const mask = new Float32Array(times).fill(1, times - 1);
    return { times, x, y: x.slice(), mask };
  },
};
`;

async function check(name: string, work: () => Promise<unknown>): Promise<void> {
  const from = Date.now();
  await work();
  console.log(`${((Date.now() - from) / 1000).toFixed(1).padStart(5)} s  ${name}`);
}

/** The call must print the hash and load no TensorFlow.js, which is not installed. */
async function trains(user: User, program: string, args: readonly string[]): Promise<void> {
  const { out } = await user.run(program, args);
  assert.equal(out.trim(), sha256);
}

async function runtimes(user: User): Promise<void> {
  await user.write({
    "train.mjs": `import { train } from "memnet";\nconsole.log((await ${call}).sha256);\n`,
    "train.cjs": `const { train } = require("memnet");\n${call}.then(({ sha256 }) => console.log(sha256));\n`,
  });
  for (const name of ["node20", "node22", "node24"]) {
    const node = user.tool(name, "bin", "node");
    await check(`${name}, import`, () => trains(user, node, ["train.mjs"]));
    await check(`${name}, require`, () => trains(user, node, ["--no-warnings", "train.cjs"]));
  }
  await check("deno", () => trains(user, user.tool("deno", "deno"), ["run", "--allow-all", "train.mjs"]));
  await check("bun", () => trains(user, user.tool("bun", "bin", "bun"), ["run", "train.mjs"]));
  await user.write({
    "missing.mjs": `import { train } from "memnet";\nawait train({ engine: "tfjs-cpu" }).catch((e) => console.log(e.message));\n`,
  });
  await check("an engine without its packages says what to install", async () => {
    const { out } = await user.run(process.execPath, ["missing.mjs"]);
    assert.match(out, /npm install @tensorflow\/tfjs-core @tensorflow\/tfjs-backend-cpu/);
  });
}

/** What programs can import; everything else is free to change. */
const promised = {
  memnet: [
    ...["Draws", "TaskError", "builtInTasks", "createTrainer", "defineTask", "engineNames"],
    ...["loadModel", "presets", "train"],
  ],
  "memnet/node": ["loadRun", "loadTask", "recordRun"],
};
/** With types. A name more is a promise more. */
const namesMost = 45;

async function exported(user: User): Promise<void> {
  await user.write({
    "exports.mjs": `
      for (const name of ["memnet", "memnet/node"]) console.log(JSON.stringify(Object.keys(await import(name)).sort()));
      for (const name of ["memnet/dist/index.js", "memnet/program/main.js"])
        console.log(await import(name).then(() => "imported", ({ code }) => code));
    `,
  });
  await check("the promised names are exported, and nothing more", async () => {
    const { out } = await user.run(process.execPath, ["exports.mjs"]);
    const [library, node, ...deeper] = out.trim().split("\n");
    assert.deepEqual({ memnet: JSON.parse(library!), "memnet/node": JSON.parse(node!) }, promised);
    assert.deepEqual(deeper, ["ERR_PACKAGE_PATH_NOT_EXPORTED", "ERR_PACKAGE_PATH_NOT_EXPORTED"]);
    const installed = join(user.folder, "node_modules", "memnet");
    const [types, nodeTypes] = await Promise.all(
      ["library.d.ts", "node.d.ts"].map((name) => readFile(join(installed, "dist", name), "utf8")),
    );
    const lists = [...types!.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].map(([, names]) => names!);
    const names = lists.flatMap((list) => list.split(",").filter((name) => name.trim() !== ""));
    const count = names.length + nodeTypes!.match(/^export (?:interface|declare)/gm)!.length;
    assert.ok(count > 30 && count <= namesMost, `${count} names`);
    for (const name of ["README.md", "LICENSE", "NOTICES.txt"])
      assert.ok((await readFile(join(installed, name), "utf8")).length > 1000, name);
  });
}

async function types(user: User): Promise<void> {
  await user.write({
    "types.mts":
      `import { loadModel, train, type Trained } from "memnet";\n` +
      `import { recordRun } from "memnet/node";\n` +
      `export const trained: Trained = await ${call};\n` +
      `export const recorded = await train({ recorder: recordRun(), settings: { memory: { slots: 64 } } });\n` +
      `const model = await loadModel(trained.checkpoint());\n` +
      `export const memory: Float32Array | undefined = (await model.trace(new Float32Array(10))).memory?.data;\n`,
    "own-task.ts": await readFile(new URL("../../examples/own-task.ts", import.meta.url), "utf8"),
    ...(await readmeExamples()),
    "mistakes.mts": mistakes,
    "types.cts": `import memnet = require("memnet");\nexport const trained = memnet.${call};\n`,
  });
  const sources = ["own-task.ts", "readme-task.ts", "readme-train.mts", "mistakes.mts"];
  const strict = ["--noEmit", "--strict", "--noUncheckedIndexedAccess", "--target", "es2022"];
  const tsc = [user.tool("typescript", "bin", "tsc"), "--ignoreConfig", ...strict];
  const node = ["--module", "nodenext", "--types", "node", "--typeRoots", user.tool("@types")];
  await check("tsc, nodenext", () =>
    user.run(process.execPath, [...tsc, ...node, "types.mts", "types.cts", ...sources]),
  );
  // Node.js's own types do not pass this one flag.
  const browser = ["--module", "esnext", "--moduleResolution", "bundler", "--lib", "es2022,dom"];
  await check("tsc, bundler", () =>
    user.run(process.execPath, [
      ...tsc,
      ...browser,
      "--exactOptionalPropertyTypes",
      "types.mts",
      ...sources.filter((name) => name !== "readme-train.mts"),
    ]),
  );
  await check("publint", async () => {
    const { out } = await user.run(process.execPath, [
      ...[user.tool("publint", "src", "cli.js"), "run", user.tarball, "--strict"],
    ]);
    assert.match(out, /All good/);
  });
  await check("typedoc: every export is documented, every link and type is there", () => documented());
  const wrong = user.tool("@arethetypeswrong/cli", "dist", "index.js");
  await check("are the types wrong", () =>
    user.run(process.execPath, [wrong, user.tarball, "--profile", "esm-only"]),
  );
}

/** Its options make warnings errors. */
async function documented(): Promise<void> {
  const { status, output } = spawnSync("npm", ["run", "docs:api"], { cwd: root, encoding: "utf8" });
  assert.equal(status, 0, output.join("\n"));
}

/** What must not compile: misspelt settings of every kind. */
const mistakes = `import { defineTask, train } from "memnet";
// @ts-expect-error
await train({ settings: { stepz: 1 } });
// @ts-expect-error
await train({ settings: { memory: { slot: 64 } } });
// @ts-expect-error
await train({ settings: { optimizer: { kind: "adam", momentum: 0.9 } } });
// @ts-expect-error
await train({ settings: { model: "gru" } });
// @ts-expect-error
await train({ settings: { task: { name: "copy", lenght: [1, 20] } } });
// @ts-expect-error
await train({ preset: "copy-nmt" });
// @ts-expect-error
await train({ engine: "cuda" });
const parts = { input: () => 1, output: () => 1 };
const sequence = () => ({ times: 1, x: new Float32Array(1), y: new Float32Array(1), mask: new Float32Array([1]) });
const mine = defineTask({ name: "mine", settings: { bits: 1, span: [1, 2] }, ...parts, sequence });
await train({ task: mine, settings: { task: { span: [3, 4], bits: 2 } } });
// @ts-expect-error
await train({ task: mine, settings: { task: { spam: [3, 4] } } });
// @ts-expect-error a number cannot become a range
await train({ task: mine, settings: { task: { bits: [3, 4] } } });
// @ts-expect-error
defineTask({ name: "mine", settings: { span: [1, 2] }, beyond: { spam: [4] }, ...parts, sequence });
// @ts-expect-error
defineTask({ name: "mine", settings: { span: [1, 2] }, ...parts, sequence: ({ spam }) => sequence() });
`;

/** The README's examples: a task, and training. */
async function readmeExamples(): Promise<Readonly<Record<string, string>>> {
  const readme = await readFile(join(root, "README.md"), "utf8");
  const [training, task, ...others] = Array.from(
    readme.matchAll(/^```ts\n([\s\S]*?)^```$/gm),
    ([, code]) => code!,
  );
  assert.ok(training && task && others.length === 0, "README.md must have two examples");
  return { "readme-train.mts": training, "readme-task.ts": task };
}

async function bundlers(user: User, browser: Browser): Promise<void> {
  await user.write({
    "index.html": `<!doctype html><script type="module" src="./page.js"></script>\n`,
    "page.js":
      `import { train } from "memnet";\n` +
      `const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });\n` +
      `const inWorker = new Promise((resolve) => { worker.onmessage = ({ data }) => resolve(data); });\n` +
      `let turns = 0;\nsetInterval(() => turns++, 1);\n` +
      `const { sha256 } = await ${call};\n` +
      `if (turns < 3) throw new Error("Training let a timer run " + turns + " times");\n` +
      `document.title = sha256 + " " + (await inWorker);\n`,
    "worker.js": `import { train } from "memnet";\n${call}.then(({ sha256 }) => postMessage(sha256));\n`,
  });
  const both = `${sha256} ${sha256}`;
  await check("esbuild, in a page and a worker", async () => {
    const out = join(user.folder, "by-esbuild");
    await user.run(process.execPath, [
      ...[user.tool("esbuild", "bin", "esbuild"), "page.js", "worker.js"],
      ...["--bundle", "--splitting", "--format=esm", `--outdir=${out}`],
    ]);
    await mkdir(out, { recursive: true });
    await writeFile(
      join(out, "index.html"),
      `<!doctype html><script type="module" src="./page.js"></script>\n`,
    );
    assert.equal(await titleOf(browser, out), both);
  });
  await check("vite, in a page and a worker", async () => {
    const out = join(user.folder, "by-vite");
    const options = ["build", "--outDir", out, "--logLevel", "error"];
    await user.write({
      "vite.config.js": `export default { worker: { format: "es" }, build: { target: "es2022" } };\n`,
    });
    await user.run(process.execPath, [user.tool("vite", "bin", "vite.js"), ...options]);
    assert.equal(await titleOf(browser, out), both);
  });
}

async function command(user: User): Promise<void> {
  await user.write({ "mine.ts": task });
  const memnet = (...args: string[]) => user.run("npx", ["--no-install", "memnet", ...args]);
  const of = (text: string) => /SHA-256 {4}([0-9a-f]{64})/.exec(text)?.[1];
  await check("memnet --help", async () => assert.match((await memnet("--help")).out, /Usage: memnet/));
  await check("memnet train", async () => {
    const { out, err } = await memnet(
      "train",
      "--preset",
      "copy-dnc",
      "--steps",
      "20",
      "--run",
      "one",
      "--port",
      "0",
    );
    assert.equal(of(out + err), sha256);
  });
  await check("memnet verify", async () => assert.equal(of((await memnet("verify", "one")).out), sha256));
  await check("memnet test", async () => assert.match((await memnet("test", "one")).out, /wrong bits/));
  await check("memnet report", async () => assert.match((await memnet("report", "one")).out, /one-report/));
  await check("memnet export", async () => {
    await memnet("export", "one", "--csv", "tables");
    const text = await readFile(join(user.folder, "tables", "steps.csv"), "utf8");
    assert.match(text, /^step,loss,gradientNorm,seconds\n1,/);
  });
  await check("memnet runs", async () => assert.match((await memnet("runs")).out, /^one .*ended/m));
  await check("memnet doctor", async () => assert.match((await memnet("doctor")).out, /auto takes wasm/));
  await check("the page of memnet train, and memnet stop", async () => {
    const args = ["--preset", "copy-dnc", "--steps", "1000000", "--run", "paged", "--port", "0"];
    const training = user.start("npx", ["--no-install", "memnet", "train", ...args]);
    const ended = once(training, "exit");
    const address = await addressIn(training.stdout!);
    const page = await fetch(address);
    assert.match(await page.text(), /paged/);
    assert.match(page.headers.get("content-type")!, /^text\/html/);
    const { state } = JSON.parse((await memnet("stop", "paged", "--json")).out);
    assert.equal(state, "stopped");
    assert.deepEqual(await ended, [0, null]);
  });
  await check("memnet train --task ./mine.ts", async () => {
    const { out, err } = await memnet(
      "train",
      "--task",
      "./mine.ts",
      "--steps",
      "3",
      "--run",
      "two",
      "--port",
      "0",
    );
    assert.ok(of(out + err));
  });
}

/** The address of the page, which a start prints. */
async function addressIn(output: Readable): Promise<string> {
  let text = "";
  for await (const piece of output.iterator({ destroyOnReturn: false })) {
    text += piece;
    const [, address] = /^ +page +(http\S+)$/m.exec(text) ?? [];
    if (address) {
      output.resume();
      return address;
    }
  }
  throw new Error(`No page in ${text}`);
}

await using user = await User.begin();
const { bytes, packages } = await user.size();
console.log(`memnet ${(bytes / 1e6).toFixed(2)} MB packed; installed with it: ${packages.join(", ")}`);
console.log(`SHA-256 everywhere: ${sha256}`);
await runtimes(user);
await exported(user);
await types(user);
await using browser = await startChromium();
await bundlers(user, browser);
await command(user);
for (const [name, work] of Object.entries(exampleChecks(user, browser)))
  await check(`examples/${name}`, work);
