import assert from "node:assert/strict";
import { test } from "node:test";
import { dnc, ntm } from "../wasm/testing.ts";
import { chunksOf, type Limits, lanesMax, partsOf, planFor } from "./plan.ts";

const limits: Limits = {
  maxStorageBufferBindingSize: 2 ** 31,
  maxBufferSize: 2 ** 31,
  maxComputeWorkgroupsPerDimension: 65_535,
  maxComputeWorkgroupStorageSize: 32_768,
  maxComputeInvocationsPerWorkgroup: 1024,
};

test("lanesMax() gives few sequences all lanes there are, and many a few", () => {
  assert.deepEqual(
    [1, 128, 129, 100_000].map((sequences) => lanesMax(sequences, limits)),
    [1024, 1024, 512, 512],
  );
  assert.equal(lanesMax(1, { ...limits, maxComputeInvocationsPerWorkgroup: 128 }), 128);
});

test("planFor() cuts a batch into as large chunks as the device's buffers hold", () => {
  const model = dnc();
  const whole = planFor(model, { times: 5, sequences: 100 }, true, limits, 0);
  assert.equal(whole.chunk, 100);
  const perSequence = (4 * whole.kept) / 100;
  for (const [bytes, chunk] of [
    [perSequence * 7, 7],
    [perSequence * 8 - 4, 7],
    [perSequence, 1],
  ] as const) {
    // Parameters and results of this batch take more than one sequence's records.
    const short = planFor(model, { times: 5, sequences: 9 }, true, { ...limits, maxBufferSize: bytes }, 0);
    assert.deepEqual([short.chunk, 4 * short.kept], [chunk, chunk * perSequence]);
  }
  const fewWorkgroups = { ...limits, maxComputeWorkgroupsPerDimension: 30 };
  assert.equal(planFor(model, { times: 5, sequences: 100 }, true, fewWorkgroups, 0).chunk, 30);
  assert.ok(planFor(model, { times: 5, sequences: 100 }, false, limits, 0).kept < whole.kept / 10);
});

test("planFor() names what does not fit, and the numbers", () => {
  const small = { ...limits, maxStorageBufferBindingSize: 1000 };
  assert.throws(() => planFor(ntm(), { times: 5, sequences: 2 }, true, small, 0), {
    name: "RangeError",
    message: /Cannot compute 5 times .* take 1000 bytes, and one sequence needs \d+/,
  });
  assert.throws(
    () => planFor(ntm(), { times: 5, sequences: 2 }, true, limits, 2 ** 30),
    /gives to records 1073741824 bytes/,
  );
  const tight = { ...limits, maxBufferSize: 30_000 };
  assert.throws(
    () => planFor(ntm(), { times: 5, sequences: 2000 }, false, tight, 0),
    /a batch and its parameters need \d+/,
  );
});

test("chunksOf() and partsOf() leave nothing out", () => {
  assert.deepEqual(chunksOf(7, 3), [
    { first: 0, count: 3 },
    { first: 3, count: 3 },
    { first: 6, count: 1 },
  ]);
  for (const rows of [1, 255, 256, 257, 1000, 90_112, 1_000_000]) {
    const { parts, rowsPerPart } = partsOf(rows);
    assert.ok(parts * rowsPerPart >= rows && (parts - 1) * rowsPerPart < rows, `${rows}`);
    assert.ok(parts <= 64);
  }
});
