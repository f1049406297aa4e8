import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

type Manifest = Readonly<Record<string, Readonly<Record<string, string>>>> & { readonly version: string };
const manifest = (path: string): Manifest =>
  JSON.parse(readFileSync(new URL(`../${path}`, import.meta.url), "utf8"));

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
  const example = (path: string) =>
    /^import \{ defineTask \}[^`]*/m.exec(readFileSync(new URL(`../${path}`, import.meta.url), "utf8"))?.[0];
  assert.ok(example("README.md"));
  assert.equal(example("package/README.md"), example("README.md"));
});

test("all peers of the published package are optional", () => {
  assert.deepEqual(Object.keys(published.peerDependenciesMeta!), Object.keys(published.peerDependencies!));
});
