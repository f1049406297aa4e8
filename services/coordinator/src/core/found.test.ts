import assert from "node:assert/strict";
import test from "node:test";
import { Draws, streams } from "memnet";
import { Scene } from "./scene.testing.ts";

/** Trains until trainer c is found to lie, which it does in this share of its results. @returns the steps begun */
function stepsUntilFound(audit: number, lies: number, run: number): number {
  const draws = new Draws(run, streams.test, 0, 0);
  const chance = () => draws.next() / 2 ** 32;
  const every = { steps: 1e6, checkpointEvery: 1e6, evaluateEvery: 1e6 };
  const scene = new Scene({ audit, chance, ...every });
  for (const trainer of ["a", "b", "c"]) scene.joins(trainer);
  for (const trainer of ["a", "b", "c"]) scene.gives(trainer, "0-4");
  for (const trainer of ["a", "b", "c"]) scene.gives(trainer, "0-4", { attempt: 1 });
  for (let steps = 1; steps < 1e5; steps++) {
    scene.updates();
    const nodes = { a: "0-1", b: "1-2", c: "2-4" };
    for (const [trainer, node] of Object.entries(nodes)) {
      const lie = trainer === "c" && chance() < lies ? { hash: "lie" } : {};
      scene.gives(trainer, node, lie);
    }
    // Its audits of others are honest.
    for (const [author, node] of Object.entries(nodes))
      for (const trainer of ["a", "b", "c"])
        if (trainer !== author) scene.gives(trainer, node, { attempt: 1 });
    if (scene.core.excluded.length > 0) return steps;
  }
  throw new Error("The liar was not found");
}

test("Core finds a liar after 1 / (share of steps audited × share of results that are lies) steps on average", () => {
  const runs = 300;
  for (const [audit, lies] of [
    [0.1, 1],
    [0.05, 0.5],
    [1, 0.1],
  ] as const) {
    let steps = 0;
    for (let run = 0; run < runs; run++) steps += stepsUntilFound(audit, lies, run);
    const expected = 1 / (audit * lies);
    const ratio = steps / runs / expected;
    // The standard deviation of a mean of 300 such numbers is 6 % of them.
    assert.ok(Math.abs(ratio - 1) < 0.2, `${steps / runs} steps, expected ${expected}`);
  }
});
