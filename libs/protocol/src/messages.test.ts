import assert from "node:assert/strict";
import { test } from "node:test";
import type { MessageType } from "./codec.ts";
import { decode, encode } from "./codec.ts";
import type { Fields } from "./messages.ts";
import * as messages from "./messages.ts";
import { examples } from "./testing.ts";

const types = Object.values(messages as unknown as Record<string, object>).filter(
  (value): value is MessageType<unknown> => "kind" in value && "schema" in value,
);

test("every message type has an example and a unique kind", () => {
  const kinds = types.map(({ kind }) => kind);
  assert.equal(new Set(kinds).size, kinds.length);
  assert.deepEqual(new Set(examples.map(({ type }) => type.kind)), new Set(kinds));
});

test("every message survives a round trip through the codec", () => {
  const body = Uint8Array.of(1, 2, 3);
  for (const { type, fields } of examples) {
    const read = decode(type, encode(type, fields, body));
    assert.deepEqual(read.fields, fields, type.kind);
    assert.deepEqual(read.body, body);
  }
});

test("every message rejects an extra field and a missing field", () => {
  for (const { type, fields } of examples) {
    const known = fields as Record<string, unknown>;
    assert.equal(type.schema.safeParse({ ...known, extra: 1 }).success, false, type.kind);
    for (const key of Object.keys(known)) {
      const { [key]: _left, ...rest } = known;
      assert.equal(type.schema.safeParse(rest).success, false, `${type.kind} without ${key}`);
    }
  }
});

test("every message rejects fields of another type", () => {
  for (const { type, fields } of examples) {
    for (const wrong of [null, undefined, 5, "x", [], true]) {
      assert.equal(type.schema.safeParse(wrong).success, false, `${type.kind} of ${wrong}`);
    }
    for (const key of Object.keys(fields as object)) {
      const changed = { ...(fields as object), [key]: new Date(0) };
      assert.equal(type.schema.safeParse(changed).success, false, `${type.kind}.${key}`);
    }
  }
});

test("result carries a non-finite loss unchanged", () => {
  const { fields } = examples.find(({ type }) => type.kind === "result")!;
  for (const loss of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const read = decode(
      messages.result,
      encode(messages.result, { ...(fields as Fields<typeof messages.result>), loss }),
    );
    assert.ok(Object.is(read.fields.loss, loss));
  }
});

test("messages reject invalid hashes, IDs, names and limits", () => {
  const cases: [MessageType<unknown>, object][] = [
    [messages.assign, { hash: "F".repeat(64) }],
    [messages.assign, { hash: "f".repeat(63) }],
    [messages.assign, { trainer: "t.1" }],
    [messages.assign, { trainer: "" }],
    [messages.assign, { step: -1 }],
    [messages.assign, { step: 1.5 }],
    [messages.assign, { step: Number.NaN }],
    [messages.assign, { nodes: [[0]] }],
    [messages.assign, { nodes: [[0, 1, 2]] }],
    [messages.assign, { run: "../x" }],
    [messages.pull, { bytes: 0 }],
    [messages.pull, { bytes: 262_145 }],
    [messages.batchRequest, { stream: 4 }],
    [messages.batchRequest, { sequences: 0 }],
    [messages.batchRequest, { sequences: 65_537 }],
    [messages.batchRequest, { batches: 0 }],
    [messages.batchRequest, { batches: 65 }],
    [messages.batchRequest, { steps: 0 }],
    [messages.batchRequest, { steps: 33, batches: 2 }],
    [messages.batchAnswer, { times: [] }],
    [messages.batchAnswer, { times: Array(65).fill(22) }],
    [messages.batchAnswer, { times: [22, -1] }],
    [messages.batchAnswer, { numberBytes: 2 }],
    [messages.batchRequest, { settings: { length: [0, 5] } }],
    [messages.batchRequest, { settings: { length: [6, 5] } }],
    [messages.batchRequest, { seed: 2 ** 53 }],
    [messages.hello, { role: "admin" }],
    [messages.hello, { machine: "x".repeat(256) }],
    [messages.hello, { metricsPort: 0 }],
    [messages.setState, { state: "paused" }],
    [messages.log, { lines: Array(1001).fill("") }],
    [messages.askFigures, { goal: { figure: "steps", comparison: "<", value: 1 } }],
    [messages.askFigures, { goal: { figure: "loss", comparison: "=", value: 1 } }],
    [
      messages.runFigures,
      { beyond: Array(65).fill({ split: "length-20", step: 1, wrongBits: 1, exact: 0 }) },
    ],
  ];
  for (const [type, change] of cases) {
    const { fields } = examples.find((one) => one.type.kind === type.kind)!;
    const changed = { ...(fields as object), ...change };
    assert.equal(type.schema.safeParse(changed).success, false, `${type.kind} ${JSON.stringify(change)}`);
  }
});

/** A message of this kind with other fields, which its sender would not send. */
function forged({ kind, schema }: { kind: string; schema: unknown }, fields: unknown): Uint8Array {
  return encode({ kind, schema } as MessageType<unknown>, fields);
}

test("a kind without lists has a short header, and a longer one is not unpacked", () => {
  const { fields } = examples.find(({ type }) => type.kind === "hello")!;
  const bytes = forged(messages.hello, {
    ...(fields as object),
    machine: "x".repeat(20_000),
  });
  assert.throws(() => decode(messages.hello, bytes), { name: "ProtocolError", code: "SIZE" });
});

for (const [what, kind, changed] of [
  ["a node that no step has", "assign", { nodes: [[0, 2 ** 40]] }],
  ["a node that ends before it begins", "assign", { nodes: [[4, 0]] }],
  ["60,000 nodes", "heartbeat", { nodes: Array(60_000).fill([0, 1]) }],
  ["an assignment for a billion steps", "step", { ahead: 10 ** 9 }],
  ["a sequence of ten million", "batch", { settings: { length: 10_000_000 } }],
  ["an event with a big integer", "log", { events: [{ event: "joined", step: 2n ** 60n }] }],
  ["an event with a date", "log", { events: [{ event: "joined", at: new Date(0) }] }],
] as const) {
  test(`${kind} refuses ${what}`, () => {
    const { type, fields } = examples.find((example) => example.type.kind === kind)!;
    const bytes = forged(type, { ...(fields as object), ...changed });
    assert.throws(() => decode(type, bytes), { name: "ProtocolError", code: "SCHEMA" });
  });
}
