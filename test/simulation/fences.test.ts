import assert from "node:assert/strict";
import { test } from "node:test";
import { Fences } from "./fences.ts";

/** Two evaluators, of which the newer one serves. */
function two() {
  const failures: string[] = [];
  const fences = new Fences((what) => failures.push(what));
  fences.changed("older", "create", "/runs/.generation-1");
  fences.serves("older");
  fences.changed("older", "place", "/runs/mine/metrics.jsonl");
  fences.changed("newer", "create", "/runs/.generation-2");
  return { fences, failures };
}

test("Fences lets the older evaluator write until the newer one serves", () => {
  const { fences, failures } = two();
  fences.changed("older", "place", "/runs/mine/state");
  assert.deepEqual(failures, []);
  fences.serves("newer");
  fences.changed("newer", "place", "/runs/mine/state");
  assert.deepEqual(failures, []);
  fences.changed("older", "place", "/runs/mine/state");
  fences.changed("older", "take", "/runs/mine/checkpoints/2.safetensors");
  assert.equal(failures.length, 2);
});

test("Fences lets an older evaluator add to a file that the newer one has not replaced yet", () => {
  const { fences, failures } = two();
  fences.serves("newer");
  fences.changed("older", "write", "/runs/mine/metrics.jsonl");
  assert.deepEqual(failures, []);
  fences.changed("newer", "place", "/runs/mine/metrics.jsonl");
  fences.changed("older", "write", "/runs/mine/metrics.jsonl");
  assert.equal(failures.length, 1);
});
