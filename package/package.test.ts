import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

type Manifest = Readonly<Record<string, Readonly<Record<string, string>>>> & { readonly version: string };
const textOf = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
const manifest = (path: string): Manifest => JSON.parse(textOf(path));

const published = manifest("package/package.json");
const library = manifest("libs/memnet/package.json");
const workspace = manifest("package.json");

test("the published package has the version of its parts", () => {
  assert.equal(published.version, library.version);
  assert.equal(published.version, manifest("bin/package.json").version);
});

test("the published package asks for the versions that the workspaces are tested with", () => {
  const tested = { ...library.dependencies, ...library.peerDependencies, ...workspace.dependencies };
  // Built by `npm run setup:tfjs-node`, not installed.
  const { "@tensorflow/tfjs-node": _built, ...peers } = published.peerDependencies!;
  for (const [name, range] of Object.entries({ ...published.dependencies, ...peers })) {
    assert.equal(range, tested[name], name);
  }
});

test("the package's README has the task of the README", () => {
  const example = (path: string) => /^import \{ defineTask \}[^`]*/m.exec(textOf(path))?.[0];
  assert.ok(example("README.md"));
  assert.equal(example("package/README.md"), example("README.md"));
});

test("all peers of the published package are optional", () => {
  assert.deepEqual(Object.keys(published.peerDependenciesMeta!), Object.keys(published.peerDependencies!));
});

test("the published package has the fields that npm and its users need", () => {
  const needed = [
    ...["name", "version", "description", "keywords", "license", "type"],
    ...["engines", "bin", "exports", "files", "sideEffects", "dependencies"],
  ];
  assert.deepEqual(
    needed.filter((name) => !(name in published)),
    [],
  );
});

test("the published package names the repository that CITATION.cff names, and none if that has none", () => {
  const cited = /^repository-code: *"?([^"\n]+)/m.exec(textOf("CITATION.cff"))?.[1];
  assert.equal(published.repository?.url, cited);
});

test("npm pack fails without the compiler of the default engine", () => {
  const refuse = `data:text/javascript,${encodeURIComponent(withoutCompiler)}`;
  const { status, stdout, stderr } = spawnSync("npm", ["pack", "./package", "--dry-run"], {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    env: { ...process.env, NODE_OPTIONS: `--import=${refuse}` },
    encoding: "utf8",
  });
  assert.match(stderr + stdout, /The engine wasm is not built: assemblyscript is not installed/);
  assert.notEqual(status, 0);
  assert.doesNotMatch(stdout, /memnet-.*\.tgz/);
});

/** Takes the compiler out of reach of every process. */
const withoutCompiler = `
import { register } from "node:module";
const hooks = "export async function resolve(name, context, next) {" +
  "if (name.startsWith('assemblyscript')) throw new Error('not installed'); return next(name, context); }";
register("data:text/javascript," + encodeURIComponent(hooks));
`;
