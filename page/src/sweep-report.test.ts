import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { test } from "node:test";
import { checkpointLine } from "@memnet/runs";
import { evaluationLine, RunsOnDisk, smallSweep } from "./folder.testing.ts";
import { isSweep, writeSweepReport } from "./sweep-report.ts";

async function inFolder(work: (runs: RunsOnDisk, folder: string) => Promise<void>): Promise<void> {
  await using runs = await RunsOnDisk.begin();
  const folder = await mkdtemp(join(tmpdir(), "memnet-report-"));
  try {
    await work(runs, folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Splits CSV whose only quoted field is a label with a comma. */
function rowsOf(csv: string): string[][] {
  const rows = csv.trimEnd().split("\n");
  return rows.map((row) => row.split(/,(?! )/).map((field) => field.replace(/^"(.*)"$/, "$1")));
}

test("writeSweepReport() writes one page that sends no requests, its pictures, and all figures as CSV", () =>
  inFolder(async (runs, folder) => {
    const label = "16, large";
    const points = [
      { label: "8", settings: { "memory.slots": "8", preset: "ntm-copy" } },
      { label, settings: { "memory.slots": "16" } },
    ];
    await runs.addSweep(smallSweep({ points, pruned: [{ label, step: 4, reason: "it is <b>worse</b>" }] }));
    await runs.add("sizes-8-seed-1");
    const more = evaluationLine(6, "validation", 0.25) + evaluationLine(6, "length-9", 7);
    await runs.append("sizes-8-seed-1", `${more}${checkpointLine(4, "ab".repeat(32))}\n`);
    await runs.add("sizes-8-seed-2", { state: "failed" });
    const files = await writeSweepReport({ root: runs.root, sweep: "sizes", folder });
    assert.deepEqual(
      files.map((path) => basename(path)),
      [
        ...["report.html", "wrong-bits.svg", "bits.svg", "exact.svg", "by-memory.slots.svg", "by-preset.svg"],
        ...["runs.csv", "evaluations.csv"],
      ],
    );
    const text = (name: string) => readFile(join(folder, name), "utf8");
    const page = await text("report.html");
    assert.doesNotMatch(page, /<script|<link|<b>|(?:src|href)="(?!data:)/);
    assert.match(page, /2 points × 2 seeds: 4 of 4 runs are over, 1 of 4 reached the goal wrongBits&lt;0\.5/);
    assert.match(page, /ended early at step 4: it is &lt;b&gt;worse/);
    for (const name of ["wrong-bits.svg", "by-memory.slots.svg"]) {
      const svg = await text(name);
      assert.ok(page.includes(/<title>.*<\/title>/.exec(svg)![0]), name);
      assert.doesNotMatch(svg, /NaN|undefined|Infinity/);
    }
    const [head, ...rows] = rowsOf(await text("runs.csv"));
    const records = rows.map((row) => Object.fromEntries(head!.map((name, at) => [name, row[at]])));
    assert.deepEqual(
      records.map(({ run, state }) => [run, state]),
      [
        ["sizes-8-seed-1", "ended"],
        ["sizes-16, large-seed-1", ""],
        ["sizes-8-seed-2", "failed"],
        ["sizes-16, large-seed-2", ""],
      ],
    );
    assert.deepEqual(records[0], {
      ...{
        sweep: "sizes",
        label: "8",
        "memory.slots": "8",
        preset: "ntm-copy",
        seed: "1",
        run: "sizes-8-seed-1",
      },
      ...{ state: "ended", step: "4", reached: "6", sequences: "96", bestStep: "6", loss: "1.5" },
      ...{ lossBits: String(1.5 / Math.LN2), wrongBits: "0.25", exact: "0.25", sha256: "ab".repeat(32) },
      ...{ "length-9 wrongBits": "7", "length-9 exact": "0.25" },
    });
    const bits = String(1.5 / Math.LN2);
    assert.deepEqual(rowsOf(await text("evaluations.csv")), [
      ["run", "label", "seed", "step", "sequences", "split", "loss", "lossBits", "wrongBits", "exact"],
      ["sizes-8-seed-1", "8", "1", "4", "64", "validation", "1.5", bits, "2", "0.25"],
      ["sizes-8-seed-1", "8", "1", "6", "96", "validation", "1.5", bits, "0.25", "0.25"],
      ["sizes-8-seed-1", "8", "1", "6", "96", "length-9", "1.5", bits, "7", "0.25"],
      ["sizes-8-seed-2", "8", "2", "4", "64", "validation", "1.5", bits, "2", "0.25"],
    ]);
  }));

test("isSweep() prefers a run to a sweep of the same name", () =>
  inFolder(async (runs, folder) => {
    await runs.addSweep(smallSweep());
    assert.equal(await isSweep(runs.root, "sizes"), true);
    assert.equal(await isSweep(runs.root, "none"), false);
    await assert.rejects(writeSweepReport({ root: runs.root, sweep: "none", folder }), RangeError);
    await runs.add("sizes");
    assert.equal(await isSweep(runs.root, "sizes"), false);
  }));
