import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { test } from "node:test";
import { drawn } from "./draw.ts";
import { readResults, resultsFolder } from "./files.ts";
import { madeUpResult } from "./made-up.testing.ts";

const results = [
  madeUpResult("ntm-copy", { beyond: 0 }),
  ...[1, 2, 3].map((seed) => madeUpResult("ntm-copy-20", { seed })),
];

test("drawn() makes the same bytes again, even if other pictures were drawn in between", () => {
  const first = drawn(results);
  assert.deepEqual(
    [...first.keys()],
    ["ntm-copy/curves.svg", "ntm-copy-20/curves.svg", "ntm-copy-20/beyond.svg", "README.md"],
  );
  drawn([madeUpResult("dnc-repeat-copy")]);
  assert.deepEqual(drawn(results), first);
});

test("drawn() makes self-contained pictures: sized, with a background, and with every line and label", () => {
  const svg = drawn(results).get("ntm-copy-20/curves.svg")!;
  assert.match(
    svg,
    /^<svg width="840" height="\d+" [^>]*viewBox="0 0 840 \d+">\n<title>ntm-copy-20: .+<\/title>\n/,
  );
  for (const text of [
    "ntm-copy-20",
    "seed 1",
    "seed 3",
    "goal 0.1",
    "training steps",
    ">20k<",
    ">0.01<",
    ">0<",
  ]) {
    assert.ok(svg.includes(text), text);
  }
  for (const colour of ["#0072b2", "#d55e00", "#009e73"])
    assert.ok(svg.includes(`stroke="${colour}"`), colour);
  assert.ok(svg.includes('fill="#ffffff" stroke="#d1d9e0"'));
  assert.doesNotMatch(svg, /NaN|undefined|Infinity|zr\d|<style|class=|<script|href="http/);
});

/** Files of measurements that belong to no preset, with the commands that produce them. */
const byHand = ["faults.md", "gpu.md", "speed.md"];

test("docs/results holds what its data draws, to the byte, and nothing else", () => {
  const expected = drawn(readResults(resultsFolder));
  const made = readdirSync(resultsFolder, { recursive: true, encoding: "utf8" })
    .map((path) => path.split(sep).join("/"))
    .filter((path) => /\.(svg|md)$/.test(path) && !byHand.includes(path));
  assert.deepEqual(made.sort(), [...expected.keys()].sort(), "npm run results -- draw makes them");
  for (const [path, text] of expected) {
    const there = readFileSync(join(resultsFolder, path), "utf8");
    assert.ok(there === text, `${path} is not what npm run results -- draw makes of the data beside it`);
  }
});

test("docs/results has a record and curves for each of its seeds", () => {
  const files = readdirSync(resultsFolder, { recursive: true, encoding: "utf8" });
  const data = files.filter((path) => /\.(csv|json)$/.test(path));
  assert.equal(data.length, 2 * readResults(resultsFolder).length);
  for (const path of data) {
    const other = path.replace(/csv$|json$/, (end) => (end === "csv" ? "json" : "csv"));
    assert.ok(existsSync(join(resultsFolder, other)), other);
  }
});
