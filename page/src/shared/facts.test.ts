import assert from "node:assert/strict";
import { test } from "node:test";
import type { Curves, RunDetails } from "./api.ts";
import { factsOf } from "./facts.ts";

function unaudited(audited: number, trainers: number): string | undefined {
  const shown = { step: 9, steps: 20, loss: 1, best: null, spikes: { count: 0, last: null } };
  const details = { ...shown, operation: { trainers } } as unknown as RunDetails;
  const curves = { audited, splits: [] } as unknown as Curves;
  return factsOf(details, curves).find(({ name }) => name === "Unaudited")?.value;
}

test("factsOf() says from which step on a run is unaudited, if there is anybody to audit it", () => {
  assert.equal(unaudited(0, 1), undefined, "a trainer that is alone");
  assert.equal(unaudited(0, 2), "1");
  assert.equal(unaudited(4, 1), "5", "audited by its coordinator");
  assert.equal(unaudited(9, 2), undefined, "all of it");
});
