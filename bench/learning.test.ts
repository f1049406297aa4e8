import assert from "node:assert/strict";
import { test } from "node:test";
import { compareLearning, type LearningRow, learningTable } from "./learning.ts";

test("compareLearning() finds the sequences that docs/results has, and leaves out peers that are not installed", async () => {
  const wanted = { engine: "wasm", seeds: 1, peers: ["jax"], python: "no-such-python" };
  const [row, ...others] = await compareLearning({ ...wanted, presets: ["copy-ntm-feedforward"] });
  assert.equal(others.length, 0);
  const { seconds, ...rest } = row!;
  assert.deepEqual(rest, { preset: "copy-ntm-feedforward", seed: 1, engine: "wasm", sequences: 2000 });
  assert.ok(seconds! > 0);
});

test("compareLearning() refuses a task that peers do not know", async () => {
  const wanted = { engine: "wasm", seeds: 1, peers: ["jax"], python: "no-such-python" };
  await assert.rejects(compareLearning({ ...wanted, presets: ["n-gram-ntm"] }), /copy and repeat-copy alone/);
});

test("learningTable() has medians and quartiles over the seeds that solved it", () => {
  const row = (
    seed: number,
    engine: string,
    sequences: number | null,
    seconds: number | null,
  ): LearningRow => {
    return { preset: "copy-ntm", seed, engine, sequences, seconds };
  };
  const rows = [
    row(1, "wasm", 2000, 2),
    row(1, "jax", 3000, 9),
    row(2, "wasm", 4000, 3),
    row(2, "jax", null, null),
  ];
  assert.deepEqual(learningTable(rows).split("\n"), [
    "preset    with  solved  sequences    quartiles  seconds  quartiles",
    "copy-ntm  wasm  2 of 2      3,000  2,500–3,500      2.5    2.3–2.8",
    "copy-ntm  jax   1 of 2      3,000  3,000–3,000      9.0    9.0–9.0",
  ]);
});
