import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { test } from "node:test";
import type { LineSeriesOption } from "echarts";
import { beyondCurves, curves } from "./curves.ts";
import { drawn } from "./draw.ts";
import { presetText, type Result, type Row, readResults, resultFiles, resultsFolder } from "./result.ts";

const results = readResults(resultsFolder);
const own = results.filter(({ record }) => record.preset === "original-ntm-copy-20");

/** Files of measurements that belong to no preset, with the commands or settings that produce them. */
const byHand = [
  "faults.md",
  "gpu.md",
  "learning.md",
  "scale-trainers.svg",
  "scale-workers.svg",
  "scale.md",
  "speed.md",
  "tried.md",
];

test("docs/results holds what its data draws, to the byte, and nothing else", () => {
  const expected = new Map([...drawn(results), ...results.flatMap((result) => [...resultFiles(result)])]);
  const made = readdirSync(resultsFolder, { recursive: true, encoding: "utf8" })
    .map((path) => path.split(sep).join("/"))
    .filter((path) => /\.\w+$/.test(path) && !byHand.includes(path));
  assert.deepEqual(made.sort(), [...expected.keys()].sort(), "npm run results -- draw makes them");
  for (const [path, text] of expected) {
    const there = readFileSync(join(resultsFolder, path), "utf8");
    assert.ok(there === text, `${path} is not what npm run results -- draw makes of the data beside it`);
  }
});

test("drawn() makes the same bytes again, even if other pictures were drawn in between", () => {
  const first = drawn(own);
  assert.deepEqual(
    [...first.keys()],
    ["original-ntm-copy-20/curves.svg", "original-ntm-copy-20/beyond.svg", "README.md"],
  );
  drawn(results);
  assert.deepEqual(drawn(own), first);
});

test("drawn() makes self-contained pictures: sized, with a background, and with every line and label", () => {
  const svg = drawn(own).get("original-ntm-copy-20/curves.svg")!;
  assert.match(
    svg,
    /^<svg width="840" height="\d+" [^>]*viewBox="0 0 840 \d+">\n<title>original-ntm-copy-20: .+<\/title>\n/,
  );
  for (const text of ["seed 1", "seed 3", "goal 0.1", "training steps", ">20k<", ">0.01<", ">0<"])
    assert.ok(svg.includes(text), text);
  for (const colour of ["#0072b2", "#d55e00", "#009e73"])
    assert.ok(svg.includes(`stroke="${colour}"`), colour);
  assert.ok(svg.includes('fill="#ffffff"'));
  assert.doesNotMatch(svg, /NaN|undefined|Infinity|zr\d|<style|class=|<script|href="http/);
});

test("curves() draws every seed's wrong bits, and its loss in training and validation", () => {
  const series = curves("original-ntm-copy-20", own).option.series as LineSeriesOption[];
  const counts = [0, 1].map((panel) => series.filter(({ xAxisIndex }) => xAxisIndex === panel).length);
  // The wrong bits also have the goal, and the strip for 0, where a solved seed is.
  assert.deepEqual(counts, [own.length + 2, 2 * own.length]);
});

test("curves() draws a figure that is not finite as a gap", () => {
  const rows = own[0]!.rows.map((row) => (row.step === 1000 ? { ...row, wrongBits: null } : row));
  const [first] = curves("original-ntm-copy-20", [{ ...own[0]!, rows }]).option.series as LineSeriesOption[];
  assert.deepEqual((first!.data as unknown[])[1], [1000, null]);
});

test("beyondCurves() draws nothing if there are fewer than five evaluations", () => {
  const until = (step: number) =>
    beyondCurves(
      "original-ntm-copy-20",
      own.map((one) => ({ ...one, rows: one.rows.filter((row) => row.step <= step) })),
    );
  assert.equal(until(4500), undefined);
  assert.equal(until(20_000), undefined);
  assert.ok(until(25_000));
});

const readme = (results: readonly Result[]) => drawn(results).get("README.md")!;

function row(step: number, split: string, wrongBits: number | null, lossBits: number | null = 1): Row {
  return { step, sequences: step * 16, split, measured: 800, lossBits, wrongBits, exact: 0.5 };
}

function tableOf(rows: readonly Row[]): string[] {
  const text = readme([{ record: { ...results[0]!.record, seed: 7 }, rows }]);
  return text.split("\n").filter((line) => line.startsWith("| 7 |"));
}

test("drawn() says so if nothing was collected", () => {
  assert.match(readme([]), /^# Results\n[\s\S]*\nNo run has been collected yet\.\n$/);
});

test("drawn() has the first step below the goal, the best step, and the last sizes beyond training", () => {
  const [learning, beyond] = tableOf([
    row(1, "training", null, 0.01),
    row(1, "validation", 0.1),
    row(2, "validation", 0.09, 3),
    row(2, "length-20", 9),
    row(2, "length-40", 19),
    row(3, "validation", 0.01, 2),
    row(4, "validation", 0.01, 1),
    row(4, "length-20", 0.05),
    row(5, "validation", null),
  ]);
  assert.equal(learning, "| 7 | 2 | 32 | 4 | 0.0100 | 50.0 % |");
  assert.equal(beyond, "| 7 | 2 | 50.0 %, 0.0500 | 50.0 %, 19.00 |");
});

test("drawn() says if a seed has not learnt the task, or nothing was measured", () => {
  assert.equal(tableOf([row(1, "validation", 0.1)])[0], "| 7 | not reached |  | 1 | 0.1000 | 50.0 % |");
  const [learning, provenance] = tableOf([row(1, "validation", null)]);
  assert.equal(learning, "| 7 | not reached |  |  |  |  |");
  assert.ok(provenance!.includes(`\`${results[0]!.record.parametersSha256}\``));
});

test("presetText() has the model, the task's ranges and the optimizer", () => {
  assert.equal(presetText("original-ntm-copy-20"), "NTM, 128 slots × 20, copy with length 1–20, RMSprop");
  const fast = "DNC, 16 slots × 16, repeat-copy with length 1–2 and repeats 1–2, Adam";
  assert.equal(presetText("original-dnc-repeat-copy-fast"), fast);
});
