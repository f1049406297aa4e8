import assert from "node:assert/strict";
import { test } from "node:test";
import { unaimed } from "./forge.ts";

test("messages are aimed at every subject that the actors hear", () => {
  assert.deepEqual(unaimed(), []);
});
