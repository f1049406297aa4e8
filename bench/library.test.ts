import assert from "node:assert/strict";
import { test } from "node:test";
import { librarySteps } from "./library.ts";

test("librarySteps() times as many steps as requested, each with the preset's micro-batches", async () => {
  const work = { preset: "dnc-repeat-copy", settings: {}, sequences: 8 };
  const milliseconds = await librarySteps(work, "wasm", 3);
  assert.equal(milliseconds.length, 3);
  assert.ok(milliseconds.every((one) => one > 0));
  await assert.rejects(librarySteps({ ...work, sequences: 6 }, "wasm", 3), RangeError);
});
