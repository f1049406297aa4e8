import assert from "node:assert/strict";
import { rename, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { sweepPath } from "@memnet/runs";
import { systemDisk } from "@memnet/service";
import { evaluationLine, RunsOnDisk, smallSweep } from "./folder.testing.ts";
import { RunData } from "./run-data.ts";

async function begin() {
  const runs = await RunsOnDisk.begin();
  await runs.addSweep(smallSweep());
  await runs.add("sizes-8-seed-1");
  await runs.add("sizes-16-seed-1", { state: "training" });
  const held = new Set(["sizes-16-seed-1"]);
  const { sweeps } = new RunData({ disk: systemDisk, root: runs.root, held: async (run) => held.has(run) });
  const changed = async (cursor: string) =>
    (await sweeps.news("sizes", cursor))!.points.map(({ label }) => label);
  return { runs, held, sweeps, changed, [Symbol.asyncDispose]: () => runs[Symbol.asyncDispose]() };
}

test("list() counts the runs that are over and those that reached the goal, the newest sweep first", async () => {
  await using one = await begin();
  await one.runs.append("sizes-8-seed-1", evaluationLine(6, "validation", 0.25));
  await writeFile(sweepPath(one.runs.root, "torn"), "{");
  const counts = { points: 2, seeds: 2, over: 1, solved: 1 };
  assert.deepEqual(await one.sweeps.list(), [{ name: "sizes", ...counts }]);
  await one.runs.addSweep(smallSweep({ name: "zero", seeds: [1] }));
  await utimes(sweepPath(one.runs.root, "zero"), 2e9, 2e9);
  assert.deepEqual(await one.sweeps.list(), [
    { name: "zero", points: 2, seeds: 1, over: 0, solved: 0 },
    { name: "sizes", ...counts },
  ]);
});

test("list() counts the runs of a point that was ended early", async () => {
  await using one = await begin();
  await one.runs.addSweep(smallSweep({ pruned: [{ label: "16", step: 4, reason: "it is worse" }] }));
  // The first run of 16 is in training, and the second will not begin.
  assert.equal((await one.sweeps.list())[0]!.over, 2);
  one.held.clear();
  assert.equal((await one.sweeps.list())[0]!.over, 3);
});

test("list() does not count the runs of more sweeps than it keeps", async () => {
  await using one = await begin();
  const seeds = Array.from({ length: 1000 }, (_, seed) => seed);
  const points = ["1", "2", "3"].map((label) => ({ label, settings: {} }));
  await one.runs.addSweep(smallSweep({ name: "large", points, seeds }));
  const [large] = await one.sweeps.list();
  assert.deepEqual(large, { name: "large", points: 3, seeds: 1000, over: null, solved: null });
  assert.equal((await one.sweeps.news("large", ""))!.points[0]!.runs.length, 1000);
});

test("news() has the points that changed since the cursor", async () => {
  await using one = await begin();
  const all = (await one.sweeps.news("sizes", ""))!;
  assert.equal(all.whole, true);
  assert.deepEqual(
    all.points.map(({ label, band, runs }) => [
      label,
      band.wrongBits!.median,
      runs.map(({ state }) => state),
    ]),
    [
      ["8", [2], ["ended", null]],
      ["16", [2], ["training", null]],
    ],
  );
  assert.equal((await one.sweeps.news("sizes", all.cursor))!.whole, false);
  assert.deepEqual(await one.changed(all.cursor), []);
  await one.runs.append("sizes-16-seed-1", evaluationLine(6, "validation", 1));
  const news = (await one.sweeps.news("sizes", all.cursor))!;
  assert.deepEqual(
    news.points.map(({ label, band }) => [label, band.steps]),
    [["16", [4, 6]]],
  );
  assert.deepEqual(await one.changed(news.cursor), []);
  assert.deepEqual(await one.changed(all.cursor), ["16"]);
  assert.deepEqual(await one.changed("unknown.7"), ["8", "16"]);
  await one.runs.add("sizes-8-seed-2");
  assert.deepEqual(await one.changed(news.cursor), ["8"]);
});

test("news() has what is in no metrics.jsonl: a lost coordinator, a removed run, a changed record", async () => {
  await using one = await begin();
  const { cursor } = (await one.sweeps.news("sizes", ""))!;
  one.held.clear();
  const [stopped] = (await one.sweeps.news("sizes", cursor))!.points;
  assert.equal(stopped!.runs[0]!.state, "stopped");
  await rm(join(one.runs.root, "sizes-8-seed-1"), { recursive: true });
  const removed = (await one.sweeps.news("sizes", cursor))!.points.find(({ label }) => label === "8");
  assert.deepEqual([removed!.runs[0]!.state, removed!.band.steps], [null, []]);
  // The evaluator replaces the file.
  const pruned = [{ label: "16", step: 4, reason: "it is worse" }];
  await one.runs.addSweep(smallSweep({ name: "changed", seeds: [1, 2, 3], pruned }));
  const text = sweepPath(one.runs.root, "changed");
  await writeFile(text, JSON.stringify({ ...smallSweep({ seeds: [1, 2, 3], pruned }) }));
  await rename(text, sweepPath(one.runs.root, "sizes"));
  const anew = (await one.sweeps.news("sizes", cursor))!;
  assert.equal(anew.whole, true);
  assert.deepEqual(anew.points[1]!.pruned, { step: 4, reason: "it is worse" });
  assert.equal(anew.points[1]!.runs.length, 3);
});

test("news() reads a replaced metrics.jsonl again, and skips torn lines and other splits", async () => {
  await using one = await begin();
  const path = one.runs.metrics("sizes-8-seed-1");
  await one.runs.append(
    "sizes-8-seed-1",
    evaluationLine(6, "length-9", 0) + evaluationLine(8, "validation", 1).slice(0, -9),
  );
  const { cursor, points } = (await one.sweeps.news("sizes", ""))!;
  assert.deepEqual(points[0]!.band.steps, [4]);
  await writeFile(`${path}2`, evaluationLine(10, "validation", 3) + evaluationLine(2, "validation", 4));
  await rename(`${path}2`, path);
  const [again] = (await one.sweeps.news("sizes", cursor))!.points;
  assert.deepEqual(
    [again!.band.steps, again!.band.wrongBits!.median],
    [
      [2, 10],
      [4, 3],
    ],
  );
});

test("news() is undefined if there is no sweep of the name, or it cannot be read", async () => {
  await using one = await begin();
  await writeFile(sweepPath(one.runs.root, "torn"), "{");
  for (const name of ["none", "torn", "../sizes", "sizes.json", ""]) {
    assert.equal(await one.sweeps.news(name, ""), undefined, name);
  }
});
