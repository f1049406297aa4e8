/** What a configuration admits must fit the messages about it, and what it refuses must not get in by a message. */

import assert from "node:assert/strict";
import test from "node:test";
import { messages } from "@memnet/protocol";
import { examples } from "@memnet/protocol/testing";
import { presetConfig, type Settings } from "memnet";

function isConfigured(settings: Settings): boolean {
  try {
    presetConfig("original-ntm-copy", { engine: "wasm", ...settings });
    return true;
  } catch (error) {
    assert.ok(error instanceof RangeError, `${error}`);
    return false;
  }
}

const batch = examples.find(({ type }) => type.kind === messages.batchRequest.kind)!.fields as object;

for (const length of [
  1,
  1_000_000,
  0,
  1_000_001,
  1.5,
  "5",
  [5],
  [5, 5],
  [1, 1_000_000],
  [1, 1_000_001],
  [6, 5],
  [0, 5],
]) {
  test(`a batch request and a configuration agree about length ${JSON.stringify(length)}`, () => {
    const admitted = isConfigured({ task: { length } });
    assert.equal(
      messages.batchRequest.schema.safeParse({ ...batch, settings: { length } }).success,
      admitted,
    );
  });
}

const result = examples.find(({ type }) => type.kind === messages.result.kind)!.fields as object;

for (const leaves of [1, 2048, 2049]) {
  test(`a result and a configuration agree about ${leaves} micro-batches`, () => {
    const admitted = isConfigured({ sequencesPerStep: leaves, microBatch: 1 });
    assert.equal(messages.result.schema.safeParse({ ...result, node: [0, leaves] }).success, admitted);
  });
}
