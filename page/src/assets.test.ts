import assert from "node:assert/strict";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { bundledScripts, scriptsIn } from "./assets.ts";

test("a page from the sources has the scripts that the program's bundle has", async (context) => {
  const scripts = await bundledScripts();
  assert.ok(scripts.get("page-main.js")?.includes("import("));
  const { MEMNET_PROGRAM: program } = process.env;
  if (!program) return context.skip("npm test makes the bundle");
  assert.deepEqual(scripts, await scriptsIn(new URL("./", pathToFileURL(program))));
});
