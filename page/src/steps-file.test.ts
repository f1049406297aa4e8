import assert from "node:assert/strict";
import { rename, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { stepLine } from "@memnet/runs";
import { evaluationLine, RunsOnDisk } from "./folder.testing.ts";
import { StepsFile } from "./steps-file.ts";

const line = (step: number, loss: number | null) =>
  `${stepLine({ step, loss, gradientNorm: loss && loss / 2, seconds: 0.5 })}\n`;

test("StepsFile has the mean loss and norm of the gradient and the time of each stretch, and reads on where it stopped", async () => {
  await using runs = await RunsOnDisk.begin();
  await runs.add("a", { steps: 0 });
  const path = runs.metrics("a");
  await writeFile(path, line(1, 4) + line(2, 2) + evaluationLine(2, "validation", 1) + line(3, null));
  const file = new StepsFile(path, 2);
  assert.deepEqual(await file.read(), [
    { step: 2, loss: 3, gradient: 1.5, seconds: 1 },
    { step: 3, loss: null, gradient: null, seconds: 1.5 },
  ]);
  await runs.append("a", line(4, 1) + line(7, 6));
  const grown = await file.read();
  assert.deepEqual(grown, [
    { step: 2, loss: 3, gradient: 1.5, seconds: 1 },
    { step: 4, loss: 1, gradient: 0.5, seconds: 2 },
    { step: 6, loss: null, gradient: null, seconds: 2 },
    { step: 7, loss: 6, gradient: 3, seconds: 2.5 },
  ]);
  await writeFile(`${path}2`, line(1, 8));
  await rename(`${path}2`, path);
  assert.deepEqual(await file.read(), [{ step: 1, loss: 8, gradient: 4, seconds: 0.5 }]);
});
