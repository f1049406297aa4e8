import assert from "node:assert/strict";
import { test } from "node:test";
import { madeUpResult } from "./made-up.testing.ts";
import { parseRecord, recordText } from "./record.ts";

const { record } = madeUpResult("ntm-copy");

test("parseRecord() reads what recordText() writes", () => {
  assert.deepEqual(parseRecord(recordText(record), "x.json"), record);
  const timed = { ...record, wallSeconds: 7 };
  assert.deepEqual(parseRecord(recordText(timed), "x.json"), timed);
});

test("parseRecord() names the field that is missing or of the wrong type", () => {
  const { engine: _engine, ...without } = record;
  for (const [text, message] of [
    [JSON.stringify(without), /^Cannot read x\.json: engine must be a string, got undefined$/],
    [JSON.stringify({ ...record, seed: "1" }), /seed must be a number, got string/],
    [JSON.stringify({ ...record, wallSeconds: "1" }), /wallSeconds must be a number or null, got string/],
    ["null", /preset must be a string/],
    ["{", /^Cannot read x\.json: /],
  ] as const) {
    assert.throws(() => parseRecord(text, "x.json"), { name: "RangeError", message });
  }
});
