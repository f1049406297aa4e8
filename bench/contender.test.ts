import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, encode, installedPeers, lastLine } from "./contender.ts";
import { distance } from "./peers.ts";

test("encode() and decode() keep every bit, also of a part of a buffer", () => {
  const floats = Float32Array.of(1, -0, 3.5e-42, Number.POSITIVE_INFINITY, 7);
  assert.deepEqual(decode(encode(floats)), floats);
  assert.deepEqual(decode(encode(floats.subarray(2, 4))), floats.slice(2, 4));
});

test("installedPeers() names and leaves out what is not installed, and refuses an unknown name", () => {
  const said: string[] = [];
  const from = { python: "no-such-python", peers: undefined, complain: (line: string) => said.push(line) };
  assert.deepEqual(installedPeers(from), []);
  assert.deepEqual(
    said.map((line) => line.split(" ")[0]),
    ["jax", "torch-compiled", "torch-eager", "torch-plain"],
  );
  assert.throws(() => installedPeers({ ...from, peers: ["numpy"] }), RangeError);
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

test("distance() is relative, and infinite for different lengths", () => {
  assert.ok(Math.abs(distance([3.03, 4.04], [3, 4]) - 0.01) < 1e-12);
  assert.equal(distance([1], [1, 2]), Number.POSITIVE_INFINITY);
});
