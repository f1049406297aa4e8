import assert from "node:assert/strict";
import { test } from "node:test";
import { simulateSweep } from "./sweep.ts";

test("simulateSweep() ends every run with its bits, once, whatever happens to workers, evaluator, owner and queue", async () => {
  let begun = 0;
  for (let seed = 1; seed <= 6; seed++) {
    const simulated = await simulateSweep(seed);
    assert.deepEqual(simulated.failures, [], `seed ${seed}\n${simulated.story.slice(-200).join("\n")}`);
    begun += simulated.begun;
  }
  assert.ok(
    begun > 6 * 5,
    `some runs must have had several workers, got ${begun} beginnings of ${6 * 5} runs`,
  );
});

test("simulateSweep() is a function of its seed", async () => {
  const [first, second] = [await simulateSweep(3), await simulateSweep(3)];
  assert.equal(second.digest, first.digest);
});
