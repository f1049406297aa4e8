/** Runs the README's examples as they are printed. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { readTaskFile } from "@memnet/service/task-file";
import { decodeCheckpoint, parametersHash, train } from "memnet";

const execute = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const readme = await readFile(join(root, "README.md"), "utf8");

/** Returns the only TypeScript example that contains these words. */
function example(words: string): string {
  const examples = [...readme.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code!);
  const [only, ...more] = examples.filter((code) => code.includes(words));
  assert.ok(only && more.length === 0, `README.md must have one example with ${words}`);
  return only;
}

/** Makes a folder that is removed at the end of its scope. */
async function folder(parent: string) {
  const path = await mkdtemp(join(parent, ".memnet-readme-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

test("the README's library example is ten lines that train a model", { timeout: 300_000 }, async () => {
  const code = example("await train(");
  assert.equal(code.trimEnd().split("\n").length, 10);
  const shorter = code.replace("steps: 100", "steps: 2");
  assert.notEqual(shorter, code, "the example must say steps: 100");
  // A place from which `memnet` resolves, and where no other tool looks.
  await using place = await folder(join(root, "node_modules"));
  await writeFile(join(place.path, "package.json"), JSON.stringify({ type: "module" }));
  await writeFile(join(place.path, "example.ts"), shorter);
  const tsx = import.meta.resolve("tsx");
  const { stdout } = await execute(process.execPath, ["--import", tsx, "example.ts"], { cwd: place.path });
  const lines = stdout.trimEnd().split("\n");
  assert.match(lines[0]!, /^1 \d+\.\d+$/);
  assert.match(lines[1]!, /^2 \d+\.\d+$/);
  const sha256 = /^([0-9a-f]{64}) \{/.exec(lines[2]!)?.[1];
  const learner = decodeCheckpoint(await readFile(join(place.path, "model.safetensors")));
  assert.equal(learner.step, 2);
  assert.equal(parametersHash(learner.parameters), sha256);
});

test("the README's task is trained on and shown, even in a folder that is not a module", {
  timeout: 300_000,
}, async () => {
  await using place = await folder(join(root, "node_modules"));
  const file = join(place.path, "mine.ts");
  await writeFile(file, example("export const task"));
  const { task } = await readTaskFile(file);
  const small = { controller: { hidden: 8 }, memory: { slots: 6, width: 4 }, evaluationBatches: 1 };
  const trained = await train({ task, settings: { steps: 2, ...small } });
  assert.equal(trained.learner.step, 2);
  assert.match(trained.sha256, /^[0-9a-f]{64}$/);
  assert.ok((await trained.evaluate()).loss > 0);

  const shown = await execute(process.execPath, [join(root, "bin/memnet.js"), "tasks", file], {
    cwd: place.path,
  });
  assert.match(shown.stdout, /^parity: bits 1, length 4–8\n/);
  assert.equal(shown.stdout.match(/^episode \d, \d times$/gm)?.length, 3, shown.stdout);
});
