import assert from "node:assert/strict";
import { test } from "node:test";
import { simulate } from "./simulate.ts";

// The first simulations of a process: what they load must take no time that the simulation does not know.
test("simulate() is a function of its seed", async () => {
  for (const seed of [1, 7]) {
    const [first, second] = [await simulate(seed), await simulate(seed)];
    assert.deepEqual(second, first);
    assert.ok(first.events > 500);
  }
  assert.notEqual((await simulate(1)).digest, (await simulate(2)).digest);
});

test("simulate() finds no failure with a few seeds; npm run test:sim runs more", async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { failures } = await simulate(seed);
    assert.deepEqual(failures, [], `npm run test:sim -- --seed ${seed}`);
  }
});
