import assert from "node:assert/strict";
import { readFile, utimes, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { recordLines } from "@memnet/runs/testing";
import { evaluationLine, RunsOnDisk } from "./folder.testing.ts";
import { NewestFigures } from "./newest.ts";

test("NewestFigures returns a file's last figures, and reads the file again only after it has changed", async () => {
  await using runs = await RunsOnDisk.begin();
  await runs.add("a");
  const newest = new NewestFigures(2);
  const path = runs.metrics("a");
  const of = (file: string) => newest.of(file);
  assert.deepEqual(await of(path), { step: 4, loss: 0.25 / Math.LN2 });
  await runs.append("a", recordLines(5, 6) + evaluationLine(6, "validation", 1));
  const time = new Date(1_800_000_000_000);
  await utimes(path, time, time);
  assert.deepEqual(await of(path), { step: 6, loss: 1 / 6 / Math.LN2 });
  // Different bytes, but the same size and modification time, so the file is not read again.
  await writeFile(path, (await readFile(path, "utf8")).replaceAll('"step":6', '"step":7'));
  await utimes(path, time, time);
  assert.equal((await newest.of(path)).step, 6);
  assert.equal((await new NewestFigures(2).of(path)).step, 7);
  assert.deepEqual(await of(runs.metrics("none")), { step: 0, loss: null });
});
