import assert from "node:assert/strict";
import { test } from "node:test";
import { Contender, distance, encode, lastLine } from "./contender.ts";
import { workload } from "./workload.ts";

test("encode() keeps every bit, also of a part of a buffer", () => {
  const floats = Float32Array.of(1, -0, 3.5e-42, Number.POSITIVE_INFINITY, 7);
  assert.equal(encode(floats.subarray(1, 3)), "AAAAgMIJAAA=");
});

test("Contender reports why a process that is not installed cannot load", async () => {
  const contender = new Contender("jax", { python: "no-such-python" });
  await assert.rejects(contender.load(workload("original-dnc-repeat-copy", 1)), /no-such-python/);
  assert.ok(contender.dead);
});

test("lastLine() finds the error in a traceback of Python and of Node.js", () => {
  assert.equal(
    lastLine("Traceback\n  File\nModuleNotFoundError: No module named 'jax'\n"),
    "ModuleNotFoundError: No module named 'jax'",
  );
  assert.equal(
    lastLine("throw\n^\n\nError: it is gone\n    at x\n\nNode.js v20.20.2\n"),
    "Error: it is gone",
  );
  assert.equal(lastLine("Killed\n"), "Killed");
});

test("distance() is relative", () => {
  assert.ok(Math.abs(distance(Float32Array.of(3.03, 4.04), Float32Array.of(3, 4)) - 0.01) < 1e-6);
});
