import assert from "node:assert/strict";
import test from "node:test";
import { Identities } from "./identities.ts";

test("Identities: the first to use an id owns it", () => {
  const identities = new Identities(() => false);
  assert.equal(identities.owns("a", "one"), false, "it has not introduced itself");
  assert.equal(identities.claims("a", "one"), true);
  assert.equal(identities.claims("a", "two"), false);
  assert.equal(identities.owns("a", "two"), false);
  assert.equal(identities.owns("a", "one"), true);
});

test("Identities.mayBe() assigns no id", () => {
  const identities = new Identities(() => false);
  assert.equal(identities.mayBe("a", "two"), true);
  assert.equal(identities.claims("a", "one"), true);
  assert.equal(identities.mayBe("a", "two"), false);
  assert.equal(identities.mayBe("a", "one"), true);
});

test("Identities forgets the oldest of too many, but none that is present", () => {
  const identities = new Identities((id) => id === "present");
  for (const id of ["present", "gone"]) identities.claims(id, "own");
  for (let index = 0; index < 10_000; index++) identities.claims(`made-up-${index}`, "x");
  assert.equal(identities.owns("present", "own"), true);
  assert.equal(identities.owns("gone", "own"), false);
});
