import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoredConfig } from "@memnet/runs";
import { parseSteps, planOf, type Recorded } from "./plan.ts";

const at = (step: number) => ({ step, path: `checkpoints/${step}.safetensors` });
const hash = (step: number) => ({ kind: "checkpoint", step, sha256: `hash ${step}` });

/** 30 steps with hashes at 0, 10, 20 and 30; the checkpoint of step 10 has been thinned out. */
function recorded(changes: Partial<Recorded> = {}, config: object = {}): Recorded {
  const steps = Array.from({ length: 30 }, (_, index) => ({
    kind: "step",
    step: index + 1,
    loss: 1,
    gradientNorm: 2,
  }));
  return {
    run: "copy-7",
    config: { training: { initial: null }, relaxedFrom: null, ...config } as unknown as StoredConfig,
    checkpoints: [at(0), at(20), at(30)],
    best: { step: 20, path: "best.safetensors" },
    lines: [{ kind: "event", event: "opened", step: 0 }, hash(0), ...steps, hash(10), hash(20), hash(30)],
    ...changes,
  };
}

test("planOf() covers the seed's parameters to the last hash, and every file that is kept", () => {
  const { from, checkpoint, to, hashes, records, files } = planOf(recorded(), null);
  assert.deepEqual([from, checkpoint, to], [0, null, 30]);
  assert.deepEqual([...hashes.values()], ["hash 0", "hash 10", "hash 20", "hash 30"]);
  assert.equal(records.size, 30);
  assert.deepEqual(
    [...files],
    [
      [0, [at(0).path]],
      [20, [at(20).path, "best.safetensors"]],
      [30, [at(30).path]],
    ],
  );
});

test("planOf() begins with the newest checkpoint at or before the first step", () => {
  const planned = (first: number, last: number) => {
    const { from, checkpoint, to } = planOf(recorded(), { first, last });
    return [from, checkpoint, to];
  };
  assert.deepEqual(planned(19, 20), [0, null, 20]);
  assert.deepEqual(planned(20, 30), [20, at(20).path, 30]);
  assert.deepEqual(planned(25, 30), [20, at(20).path, 30]);
  assert.deepEqual(planOf(recorded(), { first: 20, last: 30 }).files.get(20), ["best.safetensors"]);
});

test("planOf() does not begin with a checkpoint whose hash is not recorded", () => {
  const { lines } = recorded();
  const without = lines.filter((line) => !(line.kind === "checkpoint" && line.step === 20));
  assert.equal(planOf(recorded({ lines: without }), { first: 25, last: 30 }).from, 0);
});

test("planOf() takes checkpoint 0 if a run began from given parameters, and refuses if it is gone", () => {
  const given = { training: { initial: "a hash" } };
  assert.equal(planOf(recorded({}, given), null).checkpoint, at(0).path);
  assert.throws(() => planOf(recorded({ checkpoints: [at(20), at(30)] }, given), null), {
    name: "CommandError",
    message: /^Cannot verify run copy-7 from step 0: it began from parameters that were given, .* none is$/,
  });
  const begun = recorded({ checkpoints: [at(0)], best: null, lines: [hash(0)] }, given);
  assert.throws(() => planOf(begun, null), /^UsageError: .* a hash after the first .*, and there is none$/);
});

test("planOf() refuses if there is nothing to compare", () => {
  const refusals: readonly (readonly [Recorded, [number, number] | null, RegExp])[] = [
    [
      recorded({ lines: [] }),
      null,
      /must have checkpoint lines, which carry the hashes to compare with, and has none$/,
    ],
    [recorded(), [10, 31], /^Cannot use --steps: run copy-7 has its last hash at step 30, got 10\.\.31$/],
    [recorded(), [22, 25], /^Cannot verify steps 20 to 25 of run copy-7: .* the next is at step 30$/],
    [
      recorded({}, { relaxedFrom: 20 }),
      null,
      /it was relaxed from step 20 on, .*; --steps 0\.\.20 are exact$/,
    ],
    [recorded({}, { relaxedFrom: 0 }), null, /it was relaxed from step 0 on, where .* were let in$/],
  ];
  for (const [read, steps, message] of refusals) {
    const range = steps && { first: steps[0], last: steps[1] };
    assert.throws(() => planOf(read, range), { name: "UsageError", message });
  }
  assert.equal(planOf(recorded({}, { relaxedFrom: 20 }), { first: 0, last: 20 }).to, 20);
});

test("parseSteps() takes A..B", () => {
  assert.deepEqual(parseSteps("0..500"), { first: 0, last: 500 });
  for (const text of ["", "5", "a..b", "1..", "-1..2", "1..2..3", "1..99999999999999999999"]) {
    assert.throws(() => parseSteps(text), /^UsageError: Cannot use --steps: it must be A\.\.B/);
  }
  assert.throws(() => parseSteps("5..5"), /the first must be below the last, got 5\.\.5$/);
});
