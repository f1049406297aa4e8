import assert from "node:assert/strict";
import { test } from "node:test";
import { hash, madeUpResult } from "./made-up.testing.ts";
import { readmeText } from "./readme.ts";

test("readmeText() says so if nothing was collected", () => {
  assert.match(readmeText([], new Map()), /^# Results\n[\s\S]*\nNo run has been collected yet\.\n$/);
});

test("readmeText() has each preset's pictures, and one line per seed in each table", () => {
  const results = [1, 2].map((seed) => madeUpResult("ntm-copy", { seed, evaluations: 20 }));
  const paths = ["ntm-copy/curves.svg", "ntm-copy-20/curves.svg"];
  const text = readmeText(results, new Map(paths.map((path) => [path, { title: `of ${path}` }])));
  assert.deepEqual(text.match(/^## .*$/gm), ["## ntm-copy"]);
  assert.deepEqual(text.match(/!\[.*\]\(.*\)/g), ["![of ntm-copy/curves.svg](ntm-copy/curves.svg)"]);
  const tables = text.split("\n").filter((line) => line.startsWith("| "));
  const learnt = 60 / 3;
  const index = Math.ceil((Math.log(learnt / 0.1) * 20) / 9) - 1;
  const step = (index + 1) * 500;
  assert.equal(tables.filter((line) => line.startsWith("| 1 |")).length, 3);
  assert.ok(
    tables.some((line) => line.startsWith(`| 1 | ${step.toLocaleString("en-US")} |`)),
    text,
  );
  assert.ok(
    tables.some((line) => line.includes("| 10,000 |  | wasm | 1.2.3 | 20.20.2 |")),
    text,
  );
  assert.ok(text.includes(`\`${hash("a")}\``));
});

test("readmeText() says if a seed has not learnt the task", () => {
  const result = madeUpResult("ntm-copy", { evaluations: 20, beyond: 0 });
  const rows = result.rows.filter(({ step }) => step <= 2000);
  const text = readmeText([{ ...result, rows }], new Map());
  assert.match(text, /^\| 1 \| not reached \| {2}\|/m);
  assert.doesNotMatch(text, /beyond training when last/);
});
