import assert from "node:assert/strict";
import { test } from "node:test";
import { Fingerprints } from "./fingerprints.ts";

test("Fingerprints.decide() takes the first fingerprint that two trainers agree on, once", () => {
  const prints = new Fingerprints(null);
  prints.offer("a", { machine: "m1", fingerprint: "f1", batch: "b", at: 0 });
  prints.offer("b", { machine: "m2", fingerprint: "f2", batch: "b", at: 10 });
  assert.equal(prints.decide(10), undefined);
  prints.offer("c", { machine: "m3", fingerprint: "f2", batch: "b", at: 20 });
  assert.equal(prints.decide(20), "f2");
  assert.equal(prints.decide(20), undefined, "the evaluator is asked already");
});

test("Fingerprints.decide() accepts a lone trainer after half a second, but not two that disagree", () => {
  const prints = new Fingerprints(null);
  assert.equal(prints.decide(10_000), undefined);
  prints.offer("a", { machine: "m1", fingerprint: "f1", batch: "b", at: 0 });
  prints.offer("a", { machine: "m1", fingerprint: "f1", batch: "b", at: 400 });
  assert.equal(prints.decide(499), undefined);
  prints.offer("b", { machine: "m2", fingerprint: "f2", batch: "b", at: 499 });
  assert.equal(prints.decide(5000), undefined);
  prints.withdraw("a");
  assert.equal(prints.decide(5000), "f2", "since it came, not since it was alone");
});

test("Fingerprints.offer() restarts the wait for a trainer whose fingerprint changed", () => {
  const prints = new Fingerprints(null);
  prints.offer("a", { machine: "m1", fingerprint: "f1", batch: "b", at: 0 });
  prints.offer("a", { machine: "m1", fingerprint: "f2", batch: "b", at: 400 });
  assert.equal(prints.decide(500), undefined);
  assert.equal(prints.decide(900), "f2");
});

test("Fingerprints.decide() returns nothing once a fingerprint is fixed", () => {
  const prints = new Fingerprints("f1");
  prints.offer("a", { machine: "m1", fingerprint: "f2", batch: "b", at: 0 });
  prints.offer("b", { machine: "m2", fingerprint: "f2", batch: "b", at: 0 });
  assert.equal(prints.decide(1000), undefined);
  assert.equal(prints.fixed, "f1");
});

test("Fingerprints.disagreement() names trainers, machines and the start of their fingerprints", () => {
  const prints = new Fingerprints(null);
  assert.equal(prints.disagreement(), null);
  prints.offer("a", { machine: "m1", fingerprint: "1".repeat(64), batch: "b", at: 0 });
  assert.equal(prints.disagreement(), null);
  prints.offer("b", { machine: "m2", fingerprint: "2".repeat(64), batch: "b", at: 0 });
  assert.equal(prints.disagreement(), "a on m1: 111111111111, b on m2: 222222222222");
});
