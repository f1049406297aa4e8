import assert from "node:assert/strict";
import { test } from "node:test";
import { builtInTask, presets, runConfig } from "memnet";
import { groupsOf } from "../seeds/groups.ts";
import { groupsText } from "./groups.ts";

const goal = { figure: "wrongBits", comparison: "<", value: 0.1 } as const;

function run(seed: number, reached: number | null, width = 20) {
  const settings = { ...presets["original-ntm-copy"], engine: "wasm", seed, memory: { slots: 128, width } };
  const wrongBits = reached === null ? 4 : 0.05;
  return {
    run: `copy-seed-${seed}`,
    training: runConfig(settings, builtInTask("copy")).training,
    reached,
    best: { step: 5000, loss: 1, lossBits: 1, wrongBits, exact: 0.5, floor: null },
    beyond: [{ split: "length-40", step: 5000, wrongBits: 20, exact: seed / 10 }],
  };
}

test("groupsText() has a table for each group, and says how many runs each figure covers", () => {
  const text = groupsText(groupsOf([run(1, 4000), run(2, null), run(3, 5000), run(7, null, 8)]), goal);
  assert.equal(
    text,
    [
      "original-ntm-copy, memory.width=20: 3 runs, 2 reached wrongBits<0.1",
      "                            median  lowest  highest  runs",
      "  step of wrongBits<0.1      4,500   4,000    5,000     2",
      "  sequences up to it        72,000  64,000   80,000     2",
      "  wrong bits at the best    0.0500  0.0500    4.000     3",
      "  exact at the best         50.0 %  50.0 %   50.0 %     3",
      "  exact at length-40, last  20.0 %  10.0 %   30.0 %     3",
      "  reached by    copy-seed-1, copy-seed-3",
      "  not reached   copy-seed-2",
      "",
      "ntm on copy, memory.width=8: 1 run, 0 reached wrongBits<0.1",
      "                            median  lowest  highest  runs",
      "  step of wrongBits<0.1                                 0",
      "  sequences up to it                                    0",
      "  wrong bits at the best     4.000   4.000    4.000     1",
      "  exact at the best         50.0 %  50.0 %   50.0 %     1",
      "  exact at length-40, last  70.0 %  70.0 %   70.0 %     1",
      "  not reached   copy-seed-7",
    ].join("\n"),
  );
});

test("groupsText() names only the first few of many runs", () => {
  const text = groupsText(groupsOf(Array.from({ length: 11 }, (_, index) => run(index, 500))), goal);
  assert.match(text, /reached by {4}copy-seed-0, .*, copy-seed-7 and 3 more$/);
});
