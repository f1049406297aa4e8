import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunFigures } from "@memnet/protocol";
import { builtInTask, presets, runConfig, type Settings } from "memnet";
import { groupsOf } from "./groups.ts";

function figures(run: string, settings: Settings, rest: Partial<RunFigures> = {}): RunFigures {
  const { training } = runConfig(
    { ...presets["original-ntm-copy"], engine: "wasm", ...settings },
    builtInTask("copy"),
  );
  return { run, training, reached: null, best: null, beyond: [], ...rest };
}

function best(wrongBits: number, exact: number) {
  return { step: 1000, loss: wrongBits, lossBits: wrongBits, wrongBits, exact, floor: null };
}

test("groupsOf() groups runs that differ in their seed alone, sorted by seed and then by name", () => {
  const groups = groupsOf([
    figures("a", { seed: 3 }),
    figures("b", { seed: 1, microBatch: 8 }),
    figures("d", { seed: 1 }),
    figures("c", { seed: 1 }),
  ]);
  assert.deepEqual(
    groups.map(({ runs }) => runs.map(({ run, seed }) => `${run} ${seed}`)),
    [["c 1", "d 1", "a 3"], ["b 1"]],
  );
  assert.deepEqual(
    groups.map(({ preset, model, task, settings }) => ({ preset, model, task, settings })),
    [
      { preset: "original-ntm-copy", model: "ntm", task: "copy", settings: { microBatch: "4" } },
      { preset: null, model: "ntm", task: "copy", settings: { microBatch: "8" } },
    ],
  );
  assert.equal("seed" in groups[0]!.training, false);
  assert.deepEqual(groupsOf([]), []);
});

test("groupsOf() spreads the figures of a group over the runs that have them", () => {
  const beyond = (exact: number | null) => ({ split: "length-40", step: 1000, wrongBits: 1, exact });
  const [group] = groupsOf([
    figures("a", { seed: 1 }, { reached: 500, best: best(0.0625, 0.9), beyond: [beyond(0.25)] }),
    figures("b", { seed: 2 }, { best: best(3, 0.1), beyond: [beyond(null)] }),
    figures("c", { seed: 3 }, { reached: 1500, best: best(0, 1), beyond: [beyond(0.75)] }),
    figures("d", { seed: 4 }),
  ]);
  assert.deepEqual(group?.spreads, {
    reached: { median: 1000, lower: 750, upper: 1250, lowest: 500, highest: 1500, runs: 2 },
    sequences: { median: 16_000, lower: 12_000, upper: 20_000, lowest: 8000, highest: 24_000, runs: 2 },
    lossBits: { median: 0.0625, lower: 0.03125, upper: 1.53125, lowest: 0, highest: 3, runs: 3 },
    wrongBits: { median: 0.0625, lower: 0.03125, upper: 1.53125, lowest: 0, highest: 3, runs: 3 },
    exact: { median: 0.9, lower: 0.5, upper: 0.95, lowest: 0.1, highest: 1, runs: 3 },
    beyond: [
      {
        split: "length-40",
        exact: { median: 0.5, lower: 0.375, upper: 0.625, lowest: 0.25, highest: 0.75, runs: 2 },
      },
    ],
  });
});
