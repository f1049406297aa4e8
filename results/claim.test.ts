import assert from "node:assert/strict";
import { test } from "node:test";
import { trainingHash } from "memnet";
import { type Claim, claim, type ReadRun, withoutRivals } from "./claim.ts";
import { hash, madeUpRun } from "./made-up.testing.ts";

const short = { short: true };

function refusal(read: ReadRun, options = short): string {
  const one = claim(read, options);
  assert.equal(one.kind, "refused");
  return (one as Extract<Claim, { kind: "refused" }>).why;
}

test("claim() accepts an ended run with all that is needed to train it again", () => {
  const read = madeUpRun("dnc-repeat-copy-fast", { seed: 3 });
  const one = claim(read, short);
  assert.equal(one.kind, "result");
  const { record, rows } = (one as Extract<Claim, { kind: "result" }>).result;
  assert.equal(rows.length, 5);
  assert.deepEqual(record, {
    preset: "dnc-repeat-copy-fast",
    seed: 3,
    steps: 4,
    sequences: 64,
    parametersSha256: hash("4"),
    trainingSha256: trainingHash(read.config.training),
    engine: "wasm",
    fingerprint: hash("f"),
    memnet: "1.2.3",
    node: "20.20.2",
    platform: "linux-x64",
    wallSeconds: 90,
  });
});

test("claim() refuses a run that has not ended, was relaxed, or has no measurement at its end", () => {
  const read = madeUpRun("ntm-copy");
  assert.match(
    refusal({ ...read, state: { state: "training", reason: null, epoch: 1 } }),
    /its state is training$/,
  );
  assert.match(refusal({ ...read, config: { ...read.config, relaxedFrom: 2 } }), /relaxed from step 2$/);
  const last = { kind: "checkpoint", step: 6, sha256: hash("6") };
  assert.match(refusal({ ...read, lines: [...read.lines, last] }), /a checkpoint that was measured/);
  assert.match(refusal({ ...read, lines: [] }), /a checkpoint that was measured/);
});

test("claim() accepts fewer steps than the preset's only if allowed to", () => {
  const why = refusal(madeUpRun("ntm-copy"), { short: false });
  assert.match(why, /^it must have the preset's 100000 steps, and ended at step 4 /);
  const read = madeUpRun("dnc-repeat-copy-fast");
  const enough = read.lines.map((line) => (line.step === 4 ? { ...line, step: 10_000 } : line));
  assert.equal(claim({ ...read, lines: enough }, { short: false }).kind, "result");
});

test("claim() skips a run of no preset, and says in what it differs", () => {
  const read = madeUpRun("ntm-copy");
  const training = { ...read.config.training, microBatch: 8 };
  assert.deepEqual(claim({ ...read, config: { ...read.config, training } }, short), {
    kind: "other",
    run: "run-1",
    why: "no preset; ntm-copy differs in microBatch",
  });
});

test("withoutRivals() refuses all runs that share a preset and a seed", () => {
  const runs = [
    madeUpRun("ntm-copy", { run: "a" }),
    madeUpRun("ntm-copy-20", { run: "b" }),
    madeUpRun("ntm-copy", { run: "c" }),
    madeUpRun("ntm-copy", { run: "d", seed: 2 }),
  ];
  const [a, b, c, d] = withoutRivals(runs.map((read) => claim(read, short)));
  assert.deepEqual([a!.kind, b!.kind, c!.kind, d!.kind], ["refused", "result", "refused", "result"]);
  assert.match((a as { why: string }).why, /^one run must be ntm-copy with seed 1, and c is it too/);
});
