import assert from "node:assert/strict";
import { test } from "node:test";
import { evaluationOf, openingOfSeveral, severalLine } from "./several.ts";

test("openingOfSeveral() says how many runs train at a time, at most as many as there are", () => {
  const where = { runsDir: "/runs", port: 1, metricsPort: 2 };
  assert.match(openingOfSeveral(20, 4, where), /^20 runs, 4 at a time\n {2}files {6}\/runs\n {2}page .*:1\n/);
  assert.match(openingOfSeveral(3, 4, where), /^3 runs, 3 at a time\n/);
});

test("severalLine() counts the runs that are over, and shows how far the others are", () => {
  const running = [
    { run: "a", step: 50, steps: 200 },
    { run: "b", step: 0, steps: 1000 },
  ];
  assert.equal(severalLine(2, 10, running), "2 of 10 runs are over  a 25.0 %  b 0.0 %");
  assert.equal(severalLine(0, 10, []), "0 of 10 runs are over");
});

test("evaluationOf() begins with the run", () => {
  const evaluated = { step: 500, split: "validation", lossBits: 8, wrongBits: 2, exact: 0.25, floor: null };
  assert.match(evaluationOf("a", evaluated), /^a {2}step 500 {2}validation/);
});
