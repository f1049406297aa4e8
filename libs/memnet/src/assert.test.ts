import assert from "node:assert/strict";
import { test } from "node:test";
import { assert as impossible } from "./assert.ts";

test("assert() passes what holds and throws what cannot be", () => {
  impossible(true, "never seen");
  assert.throws(() => impossible(false, "slot 7 of 5"), { message: "Impossible: slot 7 of 5" });
});
