import assert from "node:assert/strict";
import { test } from "node:test";
import { endingLine, endingText } from "./ending.ts";

const ended = {
  run: "copy-7",
  folder: "/runs/copy-7",
  failed: false,
  steps: 60,
  wasOver: false,
  stored: { state: "ended", reason: null },
  summary: {
    checkpoint: { step: 60, sha256: "a1" },
    best: { step: 40, loss: 1, lossBits: 1.5, wrongBits: 0.25, exact: 0.5, floor: null },
    skipped: 0,
    audited: 50,
    divergedTo: null,
  },
  guessing: 10 * Math.LN2,
  again: "memnet train --run copy-7",
  next: "memnet test copy-7",
};
const titleOf = (changes: Partial<typeof ended>) => endingText({ ...ended, ...changes }).split("\n")[0];

test("endingText() says how the run ended, its best step and what to do next", () => {
  assert.equal(
    endingText(ended),
    `Done at step 60
  SHA-256    a1
  best       step 40: loss 1.500 bits, wrong bits 0.2500, exact 50.0 %
  unaudited  from step 51: no other trainer checked it; \`verify\` checks all
  files      /runs/copy-7
  next       memnet test copy-7`,
  );
  assert.doesNotMatch(endingText({ ...ended, summary: { ...ended.summary, audited: 60 } }), /unaudited/);
});

test("endingText() names the command that resumes a run that was stopped", () => {
  const text = endingText({ ...ended, stored: { state: "stopped", reason: null } });
  assert.match(text, /^Stopped at step 60\n/);
  assert.match(text, /\n {2}to resume {2}memnet train --run copy-7\n/);
});

test("endingText() explains why nothing was trained", () => {
  assert.equal(
    titleOf({ wasOver: true, steps: 20 }),
    "Nothing to train: run copy-7 has ended at step 60, and --steps asks for 20; a larger number trains on",
  );
  const stored = { state: "ended", reason: "the condition of --until holds" };
  assert.equal(
    titleOf({ wasOver: true, stored: stored as unknown as typeof ended.stored }),
    "Nothing to train: run copy-7 has ended at step 60: the condition of --until holds",
  );
  assert.match(
    titleOf({ steps: 20 })!,
    /^Done at step 60, which is beyond the 20 steps asked for: none was trained$/,
  );
});

test("endingText() counts the steps that made no update, and reports a loss that diverged", () => {
  const summary = { ...ended.summary, skipped: 58, divergedTo: 900 * Math.LN2 };
  const text = endingText({ ...ended, summary: summary as unknown as typeof ended.summary });
  assert.match(
    text,
    /\n {2}skipped {4}58 of 60 steps made no update, since their loss or gradient was not finite;/,
  );
  assert.match(text, /\n {2}diverged {3}loss 900\.0 bits in the last steps, where guessing gives 10\.00;/);
});

test("endingLine() says in one line how a run among others ended, and why it failed", () => {
  assert.equal(
    endingLine(ended),
    "copy-7: Done at step 60  best step 40: wrong bits 0.2500, exact 50.0 %  SHA-256 a1…",
  );
  const failed = { ...ended, failed: true, stored: { state: "failed", reason: "a loss of NaN" } };
  assert.match(endingLine(failed), /^copy-7: The run failed at step 60 {2}a loss of NaN {2}best step 40: /);
  const stopped = { ...ended, stored: { state: "stopped", reason: null } };
  assert.match(
    endingLine(stopped),
    /^copy-7: Stopped at step 60 .* {2}to resume: memnet train --run copy-7$/,
  );
});
