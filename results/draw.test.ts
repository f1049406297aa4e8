import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { test } from "node:test";
import type { LineSeriesOption } from "echarts";
import { beyondCurves, curves } from "./curves.ts";
import { drawn } from "./draw.ts";
import { readResults, resultFiles, resultsFolder } from "./result.ts";

const results = readResults(resultsFolder);
const own = results.filter(({ record }) => record.preset === "ntm-copy-20");

/** Files of measurements that belong to no preset, with the commands that produce them. */
const byHand = ["faults.md", "gpu.md", "speed.md"];

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
  assert.deepEqual([...first.keys()], ["ntm-copy-20/curves.svg", "ntm-copy-20/beyond.svg", "README.md"]);
  drawn(results);
  assert.deepEqual(drawn(own), first);
});

test("drawn() makes self-contained pictures: sized, with a background, and with every line and label", () => {
  const svg = drawn(own).get("ntm-copy-20/curves.svg")!;
  assert.match(
    svg,
    /^<svg width="840" height="\d+" [^>]*viewBox="0 0 840 \d+">\n<title>ntm-copy-20: .+<\/title>\n/,
  );
  for (const text of ["seed 1", "seed 3", "goal 0.1", "training steps", ">20k<", ">0.01<", ">0<"])
    assert.ok(svg.includes(text), text);
  for (const colour of ["#0072b2", "#d55e00", "#009e73"])
    assert.ok(svg.includes(`stroke="${colour}"`), colour);
  assert.ok(svg.includes('fill="#ffffff"'));
  assert.doesNotMatch(svg, /NaN|undefined|Infinity|zr\d|<style|class=|<script|href="http/);
});

test("curves() draws every seed's wrong bits, and its loss in training and validation", () => {
  const series = curves("ntm-copy-20", own).option.series as LineSeriesOption[];
  const counts = [0, 1].map((panel) => series.filter(({ xAxisIndex }) => xAxisIndex === panel).length);
  assert.deepEqual(counts, [own.length + 1, 2 * own.length]);
});

test("curves() draws a figure that is not finite as a gap", () => {
  const rows = own[0]!.rows.map((row) => (row.step === 1000 ? { ...row, wrongBits: null } : row));
  const [first] = curves("ntm-copy-20", [{ ...own[0]!, rows }]).option.series as LineSeriesOption[];
  assert.deepEqual((first!.data as unknown[])[1], [1000, null]);
});

test("beyondCurves() draws nothing if there are fewer than five evaluations", () => {
  const until = (step: number) =>
    beyondCurves(
      "ntm-copy-20",
      own.map((one) => ({ ...one, rows: one.rows.filter((row) => row.step <= step) })),
    );
  assert.equal(until(4500), undefined);
  assert.equal(until(20_000), undefined);
  assert.ok(until(25_000));
});
