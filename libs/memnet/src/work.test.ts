import assert from "node:assert/strict";
import test from "node:test";
import { forwardMultiplications } from "./work.ts";

const sizes = { input: 3, output: 2, hidden: 4, slots: 7, width: 5, reads: 2, writes: 1 };

test("forwardMultiplications() counts kernels, memory and, in a DNC, links", () => {
  const perSequence = forwardMultiplications({ model: "ntm", shifts: 3, ...sizes }, 1, 1);
  // Parameters: 16·18 of the gates, 3·(5+6)+10 = 43 fields of 5, 2 outputs of 15; memory: 35 · (2+1+2+2).
  assert.equal(perSequence, 16 * 18 + 43 * 5 + 2 * 15 + 35 * 7);
  const dnc = forwardMultiplications({ model: "dnc", ...sizes }, 1, 1);
  // Fields: 3·5+3 = 18 and 2·(5+5) = 20; links: 49 · (2+4).
  assert.equal(dnc, 16 * 18 + 38 * 5 + 2 * 15 + 35 * 7 + 49 * 6);
});

test("forwardMultiplications() grows with times and sequences alike", () => {
  const model = { model: "dnc", ...sizes } as const;
  const one = forwardMultiplications(model, 1, 1);
  assert.equal(forwardMultiplications(model, 9, 4), 36 * one);
});
