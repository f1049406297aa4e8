import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { noticesOf } from "./notices.ts";

/** Installs a package in a new folder, with these files beside its package.json. */
function installed(context: TestContext, name: string, files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "memnet-notices-"));
  context.after(() => rmSync(root, { recursive: true }));
  const folder = join(root, "node_modules", name);
  mkdirSync(folder, { recursive: true });
  const manifest = JSON.stringify({ name, version: "1.2.3", license: "MIT" });
  for (const [file, text] of Object.entries({ ...files, "package.json": manifest }))
    writeFileSync(join(folder, file), text);
  return root;
}

test("noticesOf() has each bundled package once, with its licence and its notice", (context) => {
  const root = installed(context, "@some/package", { "LICENSE-MIT": "May be copied.", NOTICE: "By me." });
  const inputs = ["node_modules/@some/package/a.js", "node_modules/@some/package/lib/b.js", "libs/own.ts"];
  const [head, ...notices] = noticesOf(root, inputs).split(/\n-+\n\n/);
  assert.match(head!, /^memnet contains code of these packages/);
  assert.deepEqual(notices, ["@some/package 1.2.3 (MIT)\n\nMay be copied.\n\nBy me.\n"]);
});

test("noticesOf() refuses a package without a licence", (context) => {
  const root = installed(context, "bare", {});
  assert.throws(
    () => noticesOf(root, ["node_modules/bare/a.js"]),
    /Cannot publish bare 1\.2\.3: it must have/,
  );
});
