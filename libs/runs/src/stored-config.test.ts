import assert from "node:assert/strict";
import { test } from "node:test";
import {
  differences,
  evaluationPlan,
  parseStoredConfig,
  relaxedAfterOpen,
  type StoredConfig,
  storedConfigText,
} from "./stored-config.ts";
import { smallConfig } from "./testing.ts";

const stored: StoredConfig = {
  ...smallConfig(),
  fingerprint: null,
  relaxedFrom: null,
  versions: { node: "20" },
  machine: "desk",
  created: "2026-07-04T09:08:07.000Z",
};

test("parseStoredConfig() reads what storedConfigText() writes", () => {
  assert.deepEqual(parseStoredConfig(storedConfigText(stored)), stored);
});

test("parseStoredConfig() leaves out what is no text where a text is only for the record", () => {
  const odd = { ...stored, machine: { toString: 5 }, created: 7, versions: { node: "20", npm: {} } };
  const { machine, created, versions } = parseStoredConfig(JSON.stringify(odd));
  assert.deepEqual({ machine, created, versions }, { machine: "", created: "", versions: { node: "20" } });
  assert.deepEqual(parseStoredConfig(JSON.stringify({ ...stored, versions: "v" })).versions, {});
});

test("parseStoredConfig() rejects anything but a configuration", () => {
  assert.throws(() => parseStoredConfig("{"));
  assert.throws(() => parseStoredConfig("null"), /must hold a JSON object/);
  assert.throws(
    () => parseStoredConfig(storedConfigText({ ...stored, fingerprint: "x" })),
    /must be a SHA-256 or null/,
  );
  assert.throws(
    () => parseStoredConfig(storedConfigText({ ...stored, relaxedFrom: 0.5 })),
    /must be a step or null/,
  );
});

test("differences() names each setting with both values, even missing ones", () => {
  const other = smallConfig({ seed: 3, optimizer: { kind: "adam" } }).training;
  const text = differences(stored.training, other, ["there", "here"]);
  assert.match(text, /optimizer\.decay is 0\.9 there and not set here/);
  assert.match(text, /optimizer\.kind is "rmsprop" there and "adam" here/);
  assert.match(text, /seed is 1 there and 3 here/);
  const moreSteps = smallConfig({ steps: 3 }).training;
  assert.equal(differences(stored.training, moreSteps, ["there", "here"]), "");
});

test("evaluationPlan() follows --until if it is set", () => {
  const until = { figure: "loss", comparison: "<", value: 1, every: 7, batches: 3 } as const;
  const training = { ...stored.training, until };
  assert.deepEqual(evaluationPlan({ ...stored, training }), {
    every: 7,
    batches: 3,
    beyondEvery: 10,
    steps: 20,
  });
});

test("relaxedAfterOpen() marks the first relaxed step, and drops a mark that the run was rewound past", () => {
  assert.equal(relaxedAfterOpen(null, 500, false), null);
  assert.equal(relaxedAfterOpen(null, 500, true), 500);
  assert.equal(relaxedAfterOpen(500, 900, true), 500);
  assert.equal(relaxedAfterOpen(500, 900, false), 500);
  assert.equal(relaxedAfterOpen(500, 500, false), null);
  assert.equal(relaxedAfterOpen(500, 400, true), 400);
});
