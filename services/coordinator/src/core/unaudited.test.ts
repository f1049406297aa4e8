import assert from "node:assert/strict";
import test from "node:test";
import type { Said } from "./history.ts";
import { Unaudited } from "./unaudited.ts";

function said(trainer: string, madeBy: readonly (string | null)[] = [null]): Said {
  const node = { lo: 0, hi: 1 };
  return {
    trainer,
    machine: `m-${trainer}`,
    step: 1,
    node,
    batchHashes: ["b"],
    madeBy,
    hash: "h",
    nonFinite: [],
    attempt: 0,
  };
}

const trainer = (id: string, machine: string | null = null) =>
  ({ role: "trainer", id, machine, step: 9, why: "" }) as const;

test("Unaudited.firstDoubtful() is the first step that a participant took part in since its last audit", () => {
  const unaudited = new Unaudited({ audited: 0, taken: 0, branched: false });
  assert.equal(unaudited.firstDoubtful([trainer("a")]), null);
  unaudited.took(1, [said("a"), said("b", ["d"])], false);
  unaudited.took(2, [said("a")], true);
  unaudited.took(3, [said("b")], false);
  unaudited.took(4, [said("a")], false);
  assert.equal(unaudited.firstDoubtful([trainer("a")]), 4);
  assert.equal(unaudited.firstDoubtful([trainer("b")]), 1);
  assert.equal(unaudited.firstDoubtful([trainer("a"), trainer("b")]), 1);
  assert.equal(unaudited.firstDoubtful([trainer("a", "m-b")]), 1, "and others on its machine");
  assert.equal(unaudited.firstDoubtful([{ ...trainer("d"), role: "data-env" }]), 1);
});

test("Unaudited.firstDoubtful() reaches into earlier epochs for a participant not audited in this one", () => {
  const unaudited = new Unaudited({ audited: 10, taken: 20, branched: false });
  assert.equal(unaudited.firstDoubtful([trainer("a")]), 11);
  unaudited.took(21, [said("a")], true);
  unaudited.took(22, [said("a")], false);
  assert.equal(unaudited.firstDoubtful([trainer("a")]), 22);
  assert.equal(
    new Unaudited({ audited: 20, taken: 20, branched: false }).firstDoubtful([trainer("a")]),
    null,
  );
});

test("Unaudited.firstDoubtful() knows a trainer's sums apart from its results", () => {
  const a = { trainer: "a", machine: "m-a" };
  const unaudited = new Unaudited({ audited: 10, taken: 20, branched: true });
  unaudited.took(21, [said("a")], true);
  assert.equal(unaudited.firstDoubtful([trainer("a")]), 11, "it may have added wrongly in an earlier epoch");
  unaudited.added(22, [a], true);
  unaudited.added(23, [a], false);
  unaudited.took(24, [said("a")], true);
  assert.equal(unaudited.firstDoubtful([trainer("a")]), 23);
  assert.equal(unaudited.firstDoubtful([trainer("b", "m-a")]), 11);
});
