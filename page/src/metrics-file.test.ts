import assert from "node:assert/strict";
import { rename, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { recordLines } from "@memnet/runs/testing";
import { continues, csvPieces, curvesOf, parseCursor } from "./curves.ts";
import { evaluationLine, RunsOnDisk } from "./folder.testing.ts";
import { type Columns, MetricsFile } from "./metrics-file.ts";

test("MetricsFile continues where it stopped, and takes a torn line once it is whole", async () => {
  await using runs = await RunsOnDisk.begin();
  await runs.add("a", { steps: 2 });
  const file = new MetricsFile(runs.metrics("a"));
  assert.deepEqual((await file.read()).steps, [1, 2]);
  const [line] = recordLines(3, 3).split("\n");
  await runs.append("a", line!.slice(0, 20));
  const torn = await file.read();
  assert.deepEqual(torn.steps, [1, 2]);
  await runs.append("a", `${line!.slice(20)}\nno line of ours\n${evaluationLine(3, "length-20", 1)}`);
  const whole = await file.read();
  assert.deepEqual(whole.steps, [1, 2, 3]);
  assert.deepEqual(whole.losses, [1, 1 / 2, 1 / 3]);
  assert.deepEqual(
    whole.evaluations.map(({ step, split }) => [step, split]),
    [
      [2, "validation"],
      [3, "length-20"],
    ],
  );
});

test("MetricsFile starts over if the file was replaced, and a cursor into the old file no longer matches", async () => {
  await using runs = await RunsOnDisk.begin();
  await runs.add("a", { steps: 4 });
  const file = new MetricsFile(runs.metrics("a"));
  const before = curvesOf("a", await file.read(), 100);
  const cursor = parseCursor(before.cursor)!;
  await runs.append("a", recordLines(5, 6));
  const grown = await file.read();
  assert.ok(continues(cursor, grown));
  assert.deepEqual(curvesOf("a", grown, 100, cursor).training.steps, [5, 6]);
  await writeFile(`${runs.metrics("a")}.new`, recordLines(1, 5));
  await rename(`${runs.metrics("a")}.new`, runs.metrics("a"));
  const replaced = await file.read();
  assert.deepEqual(replaced.steps, [1, 2, 3, 4, 5]);
  assert.deepEqual(replaced.evaluations, []);
  assert.equal(continues(cursor, replaced), false);
});

test("MetricsFile is empty if there is no file yet", async () => {
  await using runs = await RunsOnDisk.begin();
  assert.deepEqual(await new MetricsFile(runs.metrics("none")).read(), nothing);
});

const nothing: Columns = {
  ...{ file: "", steps: [], losses: [], gradientNorms: [], seconds: [] },
  ...{ evaluations: [], events: [], eventCount: 0, audited: 0 },
};

test("MetricsFile keeps the newest 200 events, and a cursor returns the later ones", async () => {
  await using runs = await RunsOnDisk.begin();
  await runs.add("a");
  const line = (count: number) =>
    `${JSON.stringify({ kind: "event", time: "2026-01-01T00:00:00.000Z", event: "joined", trainer: `t${count}`, why: null })}\n`;
  const file = new MetricsFile(runs.metrics("a"));
  await runs.append("a", Array.from({ length: 250 }, (_, index) => line(index)).join(""));
  const before = curvesOf("a", await file.read(), 100);
  assert.equal(before.events.length, 200);
  assert.deepEqual(before.events[0], {
    time: "2026-01-01T00:00:00.000Z",
    event: "joined",
    text: "trainer t50",
  });
  await runs.append("a", line(250) + line(251));
  const news = curvesOf("a", await file.read(), 100, parseCursor(before.cursor)!);
  assert.deepEqual(
    news.events.map(({ text }) => text),
    ["trainer t250", "trainer t251"],
  );
  await runs.append("a", Array.from({ length: 300 }, (_, index) => line(index)).join(""));
  assert.equal(curvesOf("a", await file.read(), 100, parseCursor(news.cursor)!).events.length, 200);
});

test("curvesOf() sorts each split by step, validation first", () => {
  const line = (step: number, split: string) => ({
    ...{ kind: "evaluation" as const, step, split, sequences: 16 },
    ...{ loss: step, lossBits: step, wrongBits: null, exact: 1 },
  });
  const evaluations = [line(4, "length-20"), line(4, "validation"), line(2, "validation")];
  const { splits } = curvesOf("a", { ...nothing, evaluations }, 100);
  assert.deepEqual(
    splits.map(({ split, steps }) => [split, steps]),
    [
      ["validation", [2, 4]],
      ["length-20", [4]],
    ],
  );
});

test("csvPieces() has every step and evaluation, and quotes a split's name if needed", () => {
  const evaluation = {
    ...{ kind: "evaluation" as const, step: 1, split: 'a,"b"', sequences: 16 },
    ...{ loss: 1, lossBits: 2, wrongBits: 0, exact: null },
  };
  const columns = { steps: [1, 2], losses: [Math.LN2, null], evaluations: [evaluation] };
  assert.deepEqual([...csvPieces(columns, 8)].join("").split("\n"), [
    "step,split,sequences,loss,loss_bits,wrong_bits,exact",
    `1,training,8,${Math.LN2},1,,`,
    "2,training,8,,,,",
    '1,"a,""b""",16,1,2,0,',
    "",
  ]);
});

for (const text of ["", "1-2", "1-2.3", "../x.1.2", "1-2.3.4", "1-2.3.4.5.6", `${"1".repeat(80)}.1.1.1`]) {
  test(`parseCursor() rejects ${JSON.stringify(text.slice(0, 20))}`, () => {
    assert.equal(parseCursor(text), undefined);
  });
}
