import assert from "node:assert/strict";
import { test } from "node:test";
import { condensed, wallSeconds } from "./condense.ts";
import { madeUpRun } from "./made-up.testing.ts";

const { lines } = madeUpRun("ntm-copy");

test("condensed() has training since the previous evaluation, validation, then sizes beyond training", () => {
  const none = { wrongBits: null, exact: null };
  assert.deepEqual(condensed(lines, 16), [
    { step: 2, sequences: 32, split: "training", measured: 32, lossBits: 1.5, ...none },
    { step: 2, sequences: 32, split: "validation", measured: 800, lossBits: 3, wrongBits: 1.25, exact: 0.5 },
    { step: 4, sequences: 64, split: "training", measured: 32, lossBits: 3.5, ...none },
    { step: 4, sequences: 64, split: "validation", measured: 800, lossBits: 3, wrongBits: 0.05, exact: 0.5 },
    { step: 4, sequences: 64, split: "length-20", measured: 160, lossBits: 3, wrongBits: 7, exact: 0.5 },
  ]);
});

test("condensed() averages the steps with a finite loss, and says how many there are", () => {
  const broken = (steps: readonly number[]) =>
    lines.map((line) =>
      line.kind === "step" && steps.includes(line.step as number) ? { ...line, loss: null } : line,
    );
  const training = (steps: readonly number[]) =>
    condensed(broken(steps), 16).findLast(({ split }) => split === "training")!;
  assert.deepEqual([training([3]).lossBits, training([3]).measured], [4, 16]);
  assert.deepEqual([training([3, 4]).lossBits, training([3, 4]).measured], [null, 0]);
});

test("condensed() keeps six digits, and drops a figure that is not finite", () => {
  const evaluation = { kind: "evaluation", step: 2, split: "validation", sequences: 800 };
  const figures = { loss: null, lossBits: null, wrongBits: 1 / 3, exact: 0.00012345678 };
  const [, row] = condensed([{ ...evaluation, ...figures }], 16);
  assert.deepEqual([row!.lossBits, row!.wrongBits, row!.exact], [null, 0.333333, 0.000123457]);
});

test("wallSeconds() is the time from opening to end, unknown if the run was reopened or an event was lost", () => {
  assert.equal(wallSeconds(lines), 90);
  const opened = lines.find(({ event }) => event === "opened")!;
  assert.equal(wallSeconds([...lines, opened]), null);
  assert.equal(wallSeconds(lines.filter(({ event }) => event !== "opened")), null);
  assert.equal(wallSeconds(lines.filter(({ event }) => event !== "ended")), null);
});
