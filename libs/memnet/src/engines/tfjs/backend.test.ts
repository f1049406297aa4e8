import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { smallConfig } from "../../testing/fake-engine.ts";
import { createEngine } from "../registry.ts";
import { restoreIsNullOrUndefined } from "./node-util.ts";

const { model } = smallConfig();

test("tfjs-wasm is refused where its .wasm files are missing, as in a bundle", async () => {
  setWasmPaths("/nowhere/");
  await assert.rejects(createEngine("tfjs-wasm", model), {
    message: /^Cannot use engine tfjs-wasm: .*needs tfjs-backend-wasm\*\.wasm .*setWasmPaths/,
  });
  (await createEngine("tfjs-cpu", model)).dispose();
});

test("restoreIsNullOrUndefined() gives util the function that Node.js 23 removed, and leaves one that is there", () => {
  const util = createRequire(import.meta.url)("node:util");
  const own = util.isNullOrUndefined;
  try {
    util.isNullOrUndefined = undefined;
    restoreIsNullOrUndefined();
    assert.deepEqual([null, undefined, 0, ""].map(util.isNullOrUndefined), [true, true, false, false]);
    const given = util.isNullOrUndefined;
    restoreIsNullOrUndefined();
    assert.equal(util.isNullOrUndefined, given);
  } finally {
    util.isNullOrUndefined = own;
  }
});
