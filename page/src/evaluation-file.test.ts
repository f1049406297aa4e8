import assert from "node:assert/strict";
import { test } from "node:test";
import { recordLines } from "@memnet/runs/testing";
import { EvaluationFile } from "./evaluation-file.ts";
import { evaluationLine, RunsOnDisk } from "./folder.testing.ts";

test("EvaluationFile takes each line once, also when it is read twice at the same time", async () => {
  await using runs = await RunsOnDisk.begin();
  await runs.add("a", { steps: 1 });
  await runs.append("a", recordLines(2, 6) + evaluationLine(6, "validation", 1));
  const file = new EvaluationFile(runs.metrics("a"));
  const all = await Promise.all([file.read(), file.read()]);
  const count = all[0]!.length;
  assert.equal(all[1]!.length, count);
  assert.equal((await file.read()).length, count);
  assert.equal(file.newestStep?.step, 6);
});

test("EvaluationFile reads as much as its budget allows, and continues there", async () => {
  await using runs = await RunsOnDisk.begin();
  await runs.add("a", { steps: 1 });
  await runs.append("a", evaluationLine(2, "validation", 1) + recordLines(2, 60));
  await runs.append("a", evaluationLine(60, "validation", 1));
  const file = new EvaluationFile(runs.metrics("a"));
  const budget = { bytes: 1000 };
  const first = await file.read(budget);
  assert.equal(budget.bytes, 0);
  assert.equal(file.isRead, false);
  assert.equal(first.at(-1)?.step, 2);
  assert.equal((await file.read({ bytes: 1e6 })).at(-1)?.step, 60);
  assert.equal(file.isRead, true);
  assert.equal(file.newestStep?.step, 60);
});
