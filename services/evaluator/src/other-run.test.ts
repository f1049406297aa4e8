import assert from "node:assert/strict";
import { test } from "node:test";
import { smallConfig } from "@memnet/runs/testing";
import { startAnotherRun } from "./other-run.ts";

const { training } = smallConfig();

test("startAnotherRun() sets each setting that differs, quoted for a shell", () => {
  const other = smallConfig({ seed: 3, task: { name: "copy", bits: 2, length: [1, 7] } }).training;
  assert.equal(
    startAnotherRun("/my runs", "mine", training, other),
    "start another run from its parameters: memnet train --runs-dir '/my runs' --config '/my runs/mine/config.json' " +
      "--from mine --set seed=3 --set task.length=1..7",
  );
});

test("startAnotherRun() starts from the run's parameters only if they fit", () => {
  const wider = smallConfig({ controller: { ...training.controller, hidden: 9 } }).training;
  assert.equal(
    startAnotherRun("/runs", "mine", training, wider, "npx memnet"),
    "start another run: npx memnet train --runs-dir /runs --config /runs/mine/config.json --set controller.hidden=9",
  );
  const own = (width: number) =>
    ({
      ...training,
      task: { ...training.task, name: "mine", sha256: "0".repeat(64) },
      memory: { ...("memory" in training && training.memory), width },
    }) as typeof training;
  assert.match(startAnotherRun("/runs", "mine", own(5), own(5)), /^start another run from its parameters: /);
  assert.match(startAnotherRun("/runs", "mine", own(5), own(6)), /^start another run: /);
});
