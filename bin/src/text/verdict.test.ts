import assert from "node:assert/strict";
import { test } from "node:test";
import { fingerprintWarning, verdictText, verifyingLine } from "./verdict.ts";

const verified = {
  run: "copy-7",
  irregular: "",
  engine: "wasm",
  fingerprint: "f1",
  replayed: {
    from: 0,
    to: 1500,
    hashes: { agreed: 4, compared: 4 },
    files: { agreed: 3, compared: 3 },
    steps: { agreed: 1500, compared: 1500 },
    lost: 0,
    sha256: "a1",
    differences: [],
  },
};

test("verdictText() says which steps were compared, and by which engine", () => {
  assert.equal(
    verdictText(verified),
    `Run copy-7 is what its configuration gives
  steps      0 to 1,500
  hashes     4 compared, all agree
  files      3 compared, all agree, to the byte
  losses     1,500 compared, all agree, and the gradients' norms
  SHA-256    a1
  engine     wasm, fingerprint f1`,
  );
});

test("verdictText() names the first step that differs, and both hashes", () => {
  const differences = [
    {
      step: 1000,
      what: "checkpoints/1000.safetensors",
      recorded: "c1",
      recomputed: "c2",
      why: "it is damaged",
    },
    { step: 1500, what: "parameters", recorded: "a0", recomputed: "a1" },
  ];
  const hashes = { agreed: 3, compared: 4 };
  const text = verdictText({ ...verified, replayed: { ...verified.replayed, hashes, differences } });
  assert.match(text, /^Run copy-7 differs from its record at step 1,000\n/);
  assert.match(text, /\n {2}hashes {5}3 of 4 agree\n/);
  assert.ok(
    text.endsWith(`

step 1,000, checkpoints/1000.safetensors: it is damaged
  recorded   c1
  recomputed c2

step 1,500, parameters
  recorded   a0
  recomputed a1`),
    text,
  );
});

test("verdictText() reports records that are lost, duplicated or missing", () => {
  const replayed = { ...verified.replayed, steps: { agreed: 1498, compared: 1498 }, lost: 2 };
  const text = verdictText({ ...verified, irregular: "has no line for step 5", replayed });
  assert.match(text, /^Run copy-7 is what its configuration gives, but its record is not whole\n/);
  assert.match(text, /\n {2}lost {7}the losses of 2 steps, which are not compared\n/);
  assert.match(text, /\n {2}record {5}metrics\.jsonl has no line for step 5; resuming the run mends that\n/);
});

test("verdictText() leaves out kinds of which there were none", () => {
  const none = { agreed: 0, compared: 0 };
  const text = verdictText({ ...verified, replayed: { ...verified.replayed, files: none, steps: none } });
  assert.doesNotMatch(text, /files|losses/);
});

test("verifyingLine() shows the progress and the time left", () => {
  const line = verifyingLine({ step: 1500, from: 500, to: 3500, seconds: 10 });
  assert.equal(line, "step 1,500/3,500  100.0 steps/s  20 s left");
});

test("fingerprintWarning() warns beforehand of another machine's fingerprint", () => {
  assert.equal(fingerprintWarning("copy-7", "f1", "f1"), null);
  assert.match(
    fingerprintWarning("copy-7", "f0", "f1")!,
    /^Differences are to be expected: .* \(fingerprint f0 there, f1 here\)$/,
  );
  assert.match(fingerprintWarning("copy-7", null, "f1")!, /has no fingerprint recorded/);
});
