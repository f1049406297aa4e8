import assert from "node:assert/strict";
import { test } from "node:test";
import { addToIndex, eachLine, emptyIndex, eventLine, missingRecords, parseLine, staysAt } from "./lines.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

async function kept(text: string, step = Number.POSITIVE_INFINITY) {
  const lines: string[] = [];
  const { unusable } = await eachLine(bytes(text), (line, raw) => {
    if (staysAt(step, line)) lines.push(new TextDecoder().decode(raw).trimEnd());
  });
  return { lines, unusable };
}

test("eachLine() drops a torn last line, even one that lacks only its newline", async () => {
  const whole = '{"kind":"step","step":1}';
  assert.deepEqual(await kept(`${whole}\n{"kind":"st`), { lines: [whole], unusable: 1 });
  assert.deepEqual(await kept(`${whole}\n${whole}`), { lines: [whole], unusable: 1 });
  assert.deepEqual(await kept(""), { lines: [], unusable: 0 });
});

test("eachLine() skips invalid lines", async () => {
  const odd = [
    "",
    "null",
    "[]",
    "3",
    '{"step":1}',
    '{"kind":"step"}',
    '{"kind":"step","step":-1}',
    "\u0000\u0000",
    '{"kind":"event","event":{"toString":1}}',
    '{"kind":"event","event":"lost","time":[]}',
    '{"kind":"checkpoint","step":5,"sha256":7}',
    '{"kind":"evaluation","step":5,"split":"validation","loss":"low"}',
    '{"kind":"evaluation","step":5,"split":{}}',
  ];
  const { lines, unusable } = await kept(`${odd.join("\n")}\n{"kind":"event"}\n`);
  assert.deepEqual([lines, unusable], [['{"kind":"event"}'], odd.length]);
});

test("eachLine() visits thousands of lines in order", async () => {
  const texts = Array.from({ length: 5000 }, (_, step) => JSON.stringify({ kind: "step", step }));
  assert.deepEqual((await kept(`${texts.join("\n")}\n`)).lines, texts);
});

test("staysAt() drops step, evaluation and checkpoint lines after the step, but no event", async () => {
  const texts = ["step", "evaluation", "checkpoint"].flatMap((kind) =>
    [2, 3].map((step) => JSON.stringify({ kind, step })),
  );
  const event = JSON.stringify({ kind: "event", event: "alarm", step: 9 });
  const { lines } = await kept(`${[...texts, event].join("\n")}\n`, 2);
  assert.deepEqual(lines, [...texts.filter((text) => text.includes("2")), event]);
});

test("addToIndex() counts steps, and keeps evaluations and checkpoints", () => {
  const index = emptyIndex();
  for (const text of [
    '{"kind":"step","step":6,"audited":true}',
    '{"kind":"step","step":7}',
    '{"kind":"checkpoint","step":5,"sha256":"ab"}',
    '{"kind":"event"}',
  ]) {
    addToIndex(index, parseLine(text)!);
  }
  const checkpoints = new Map([[5, "ab"]]);
  assert.deepEqual(index, { lastStep: 7, skipped: 0, audited: 6, evaluations: [], checkpoints });
});

test("addToIndex() counts the steps that made no update, but not lost records", () => {
  const index = emptyIndex();
  for (const more of [{ loss: 1 }, { loss: null }, { loss: null, lost: true }])
    addToIndex(index, parseLine(JSON.stringify({ kind: "step", step: 1, ...more }))!);
  assert.equal(index.skipped, 1);
});

test("eventLine() has a time, the event's own if it has one, and is always an event", () => {
  const wall = Date.UTC(2026, 0, 2, 3, 4, 5);
  const line = eventLine(wall, { event: "alarm", kind: "step" });
  assert.equal(line, '{"kind":"event","time":"2026-01-02T03:04:05.000Z","event":"alarm"}');
  assert.equal(JSON.parse(eventLine(wall, { time: "then" })).time, "then");
});

const records = (...steps: number[]) =>
  steps.map((step) => `${JSON.stringify({ kind: "step", step })}\n`).join("");

test("missingRecords() returns the records after the last line", () => {
  assert.deepEqual(missingRecords(records(1, 2, 3), 0, 3), records(1, 2, 3).trim().split("\n"));
  assert.deepEqual(missingRecords(records(2, 3), 2, 3), records(3).trim().split("\n"));
  assert.deepEqual(missingRecords(records(2, 3), 3, 3), []);
  assert.deepEqual(missingRecords(records(2, 3), 9, 3), []);
  assert.deepEqual(missingRecords("", 0, 0), []);
});

test("missingRecords() rejects a gap, a step too far, too few steps, and lines that are not records", () => {
  const refused = (text: string, last: number, step: number, why: RegExp) =>
    assert.throws(() => missingRecords(text, last, step), { code: "RECORDS", message: why });
  refused(records(1, 3), 0, 3, /after step 1 must come 2, got 3/);
  refused(records(2, 3), 0, 3, /step 1 is the next that metrics\.jsonl lacks, got 2/);
  refused(records(1, 2, 3), 0, 2, /must end at that step, got 3/);
  refused(records(1), 0, 2, /must reach that step, and end at 1/);
  refused("", 1, 2, /end at 1/);
  refused(records(1).trim(), 0, 1, /must end with a line's end/);
  refused('{"kind":"event"}\n', 0, 1, /must be a line of kind step/);
});
