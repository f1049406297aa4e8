import assert from "node:assert/strict";
import { test } from "node:test";
import { ProtocolError, RefusedError } from "./errors.ts";

test("ProtocolError has a name, a code and a cause", () => {
  const cause = new Error("inner");
  const error = new ProtocolError("KIND", "The message must be step, got tea", { cause });
  assert.ok(error instanceof Error);
  assert.equal(error.name, "ProtocolError");
  assert.equal(error.code, "KIND");
  assert.equal(error.cause, cause);
});

test("RefusedError has the code of the answer", () => {
  const error = new RefusedError("HELD", "The run is held by c1");
  assert.equal(error.name, "RefusedError");
  assert.equal(error.code, "HELD");
  assert.equal(error.message, "The run is held by c1");
});
