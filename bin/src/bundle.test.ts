import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test, { type TestContext } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { bundled } from "../bundle.js";

// The test runner's own would be started in place of each program here.
delete process.env.MEMNET_PROGRAM;

const installed = fileURLToPath(new URL("../../node_modules", import.meta.url));

/** Makes a repository with a program that prints something, a thread, and an import that is not built yet. */
function repository(t: TestContext) {
  const root = mkdtempSync(join(tmpdir(), "memnet-bundle-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  let time = 1000;
  const setTime = (path: string, seconds: number) => utimesSync(join(root, path), seconds, seconds);
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    // Older than any bundle, and different at each change.
    setTime(path, time++);
  };
  write(
    "services/one/src/some-thread.ts",
    "const serveThread = (text: string) => console.log(text);\nserveThread('thread');",
  );
  const says = (text: string) => write("bin/src/main.ts", `export const said: string = ${text};`);
  says("'a'");
  write("bin/package.json", '{ "type": "module" }');
  return { root, bin: join(root, "bin"), write, says, setTime };
}

function bundlesIn(bin: string): string[] {
  return readdirSync(bin).filter((name) => name.startsWith("build-"));
}

async function saidBy(main: string | undefined): Promise<unknown> {
  return (await import(pathToFileURL(main!).href)).said;
}

test("bundled() makes the program once, and its threads beside it", async (t) => {
  const { root, bin } = repository(t);
  const main = await bundled(root);
  assert.equal(await saidBy(main), "a");
  assert.equal(await bundled(root), main);
  const thread = join(dirname(main!), "some-thread.js");
  assert.equal(execFileSync(process.execPath, [thread], { encoding: "utf8" }), "thread\n");
  assert.equal(bundlesIn(bin).length, 1);
});

test("bundled() makes another bundle for changed sources, and finds the first one again", async (t) => {
  const { root, says } = repository(t);
  const first = await bundled(root);
  says("'b'");
  assert.equal(await saidBy(await bundled(root)), "b");
  says("'a'");
  assert.equal(await bundled(root), first);
});

test("bundled() compares the size and time of its inputs and reads none of them", async (t) => {
  const { root, says, setTime } = repository(t);
  const first = await bundled(root);
  says("'b'");
  setTime("bin/src/main.ts", 1001);
  assert.equal(await bundled(root), first);
  setTime("bin/src/main.ts", 2000);
  assert.equal(await saidBy(await bundled(root)), "b");
});

test("bundled() makes another bundle once a missing import exists", async (t) => {
  const { root, write } = repository(t);
  write(
    "bin/src/main.ts",
    "export const said = import('./built/word.js').then(({ word }) => word, () => 'none');",
  );
  assert.equal(await saidBy(await bundled(root)), "none");
  write("bin/src/built/word.js", "export const word = 'built';");
  assert.equal(await saidBy(await bundled(root)), "built");
});

test("bundled() distrusts a source that changed while it was read", async (t) => {
  const { root, says, setTime } = repository(t);
  const soon = Date.now() / 1000 + 60;
  setTime("bin/src/main.ts", soon);
  assert.equal(await saidBy(await bundled(root)), "a");
  says("'b'");
  setTime("bin/src/main.ts", soon);
  assert.equal(await saidBy(await bundled(root)), "b");
});

test("bundled() makes one complete bundle when several processes start at the same moment", async (t) => {
  const { root, bin } = repository(t);
  const program = `import { bundled } from ${JSON.stringify(new URL("../bundle.js", import.meta.url).href)};
    console.log(await bundled(${JSON.stringify(root)}));`;
  const start = () =>
    promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program]).then(
      ({ stdout }) => stdout,
    );
  const [one, ...others] = await Promise.all([start(), start(), start()]);
  assert.equal(await saidBy(one?.trimEnd()), "a");
  for (const other of others) assert.equal(other, one);
  assert.equal(bundlesIn(bin).length, 1);
});

test("bundled() returns undefined if it cannot make a bundle", async (t) => {
  const { root, bin, says } = repository(t);
  says("'a");
  assert.equal(await bundled(root), undefined);
  assert.deepEqual(readdirSync(bin), ["package.json", "src"]);
});

test("bundled() removes bundles that were unused for a week", async (t) => {
  const { root, bin, says } = repository(t);
  const old = dirname((await bundled(root))!);
  says("'b'");
  const kept = dirname((await bundled(root))!);
  const days = (count: number) => new Date(Date.now() - count * 24 * 3600 * 1000);
  utimesSync(old, days(8), days(8));
  utimesSync(kept, days(6), days(6));
  says("'c'");
  const newest = dirname((await bundled(root))!);
  assert.deepEqual(
    bundlesIn(bin)
      .map((name) => join(bin, name))
      .sort(),
    [kept, newest].sort(),
  );
});

test("bundled() makes the scripts of the runs' page beside the program", async () => {
  const folder = dirname((await bundled())!);
  const scripts = readdirSync(folder).filter((name) => name.startsWith("page-"));
  assert.ok(scripts.includes("page-main.js"));
  assert.ok(scripts.some((name) => readFileSync(join(folder, name), "utf8").includes("EventSource")));
});

/** Copies memnet.js and what it needs into a repository of its own. */
function copyStart(root: string): void {
  const at = fileURLToPath(new URL("..", import.meta.url));
  for (const name of ["memnet.js", "bundle.js", "package.json"]) {
    copyFileSync(join(at, name), join(root, "bin", name));
  }
}

test("memnet starts the program that MEMNET_PROGRAM names if it exists, and passes its own on", (t) => {
  const { root, says } = repository(t);
  copyStart(root);
  symlinkSync(installed, join(root, "node_modules"));
  const say = (what: string) =>
    says(
      `${what}; export const main = async () => { console.log(said, process.env.MEMNET_PROGRAM); return 0; }`,
    );
  const start = (program: string) =>
    execFileSync(process.execPath, [join(root, "bin/memnet.js")], {
      env: { ...process.env, MEMNET_PROGRAM: program },
      encoding: "utf8",
    })
      .trim()
      .split(" ");
  say("'old'");
  const [, old] = start("");
  say("'new'");
  utimesSync(dirname(old!), 0, 0);
  assert.deepEqual(start(old!), ["old", old]);
  // Otherwise the next bundle to be made would remove this one while it runs.
  assert.ok(statSync(dirname(old!)).mtimeMs > 0);
  rmSync(dirname(old!), { recursive: true });
  const [said, own] = start(old!);
  assert.equal(said, "new");
  assert.match(own!, /main\.js$/);
  assert.notEqual(own, old);
});

test("memnet starts without a bundler too", (t) => {
  const { root } = repository(t);
  copyStart(root);
  // Only the package that loads TypeScript is installed.
  mkdirSync(join(root, "node_modules"));
  symlinkSync(join(installed, "tsx"), join(root, "node_modules", "tsx"));
  writeFileSync(
    join(root, "bin/src/main.ts"),
    "export const main = async (args: string[]) => { console.log(import.meta.url, args[0]); return 7; };",
  );
  assert.throws(
    () => execFileSync(process.execPath, [join(root, "bin/memnet.js"), "word"], { stdio: "pipe" }),
    (error: { status: number; stdout: Buffer }) =>
      error.status === 7 && /src\/main\.ts word\n$/.test(String(error.stdout)),
  );
});
