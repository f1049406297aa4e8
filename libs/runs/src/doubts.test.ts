import assert from "node:assert/strict";
import test from "node:test";
import { doubtsText, noDoubts, parseDoubts, withDoubt } from "./doubts.ts";

const liar = { role: "trainer", id: "t1", machine: "box", step: 4, why: "it lied" } as const;

test("parseDoubts() reads what doubtsText() writes, and nothing else", () => {
  const doubts = { before: 4, excluded: [liar], suspects: ["t2"] };
  assert.deepEqual(parseDoubts(doubtsText(doubts)), doubts);
  assert.throws(() => parseDoubts("{}"));
});

test("withDoubt() keeps the earliest step and each participant once", () => {
  const first = withDoubt(noDoubts, { before: 4, excluded: [liar], suspects: ["t2"] });
  const other = { ...liar, id: "t3" };
  const both = withDoubt(first, { before: 7, excluded: [liar, other], suspects: ["t2", "t4"] });
  assert.deepEqual(both, { before: 4, excluded: [liar, other], suspects: ["t2", "t4"] });
  assert.equal(withDoubt(first, { ...noDoubts, before: null }).before, 4);
});
