import assert from "node:assert/strict";
import { test } from "node:test";
import { parseLine } from "./lines.ts";
import { irregular, irregularText, Mender, regular } from "./records.ts";

const step = (number: number, loss = 1) => ({ kind: "step", step: number, loss });
const event = { kind: "event", event: "opened" };

function linesOf(values: readonly object[]) {
  return values.map((value) => {
    const text = JSON.stringify(value);
    return { line: parseLine(text)!, bytes: new TextEncoder().encode(`${text}\n`) };
  });
}

function mended(values: readonly object[], last: number): unknown[] {
  const lines = linesOf(values);
  const mender = new Mender(
    irregular(
      lines.map(({ line }) => line),
      last,
    ),
  );
  const kept = [...lines.flatMap((one) => mender.mend(one)), ...mender.rest()];
  return kept.map(({ bytes }) => JSON.parse(new TextDecoder().decode(bytes)));
}

const lost = (number: number) => ({ ...step(number), loss: null, gradientNorm: null, lost: true });
const found = (values: readonly object[], last: number) =>
  irregular(
    linesOf(values).map(({ line }) => line),
    last,
  );

test("irregular() finds records with several lines and steps with none", () => {
  const evaluation = (split: string) => ({ kind: "evaluation", step: 2, split });
  const whole = [step(1), event, step(2), event, evaluation("validation"), evaluation("length-4")];
  assert.deepEqual(found(whole, 2), regular);
  const twice = [...whole, step(2), step(2), evaluation("length-4")];
  assert.deepEqual(found(twice, 2).repeated, ["step 2", "evaluation 2 (length-4)"]);
  assert.deepEqual(found([step(2), step(5)], 7).missing, [1, 3, 4, 6, 7]);
});

test("Mender keeps the first line of a record, and every event", () => {
  assert.deepEqual(mended([step(1, 5), event, step(1, 6), event, step(2)], 2), [
    step(1, 5),
    event,
    event,
    step(2),
  ]);
});

test("Mender inserts a line for a lost step where it belongs", () => {
  const checkpoint = { kind: "checkpoint", step: 2, sha256: "x" };
  assert.deepEqual(mended([event, step(1), checkpoint, step(4)], 5), [
    ...[event, step(1), lost(2), checkpoint, lost(3), step(4), lost(5)],
  ]);
});

test("Mender loses no step that is out of order", () => {
  const lines = mended([step(1), step(3), step(2)], 3);
  assert.deepEqual(lines, [step(1), step(3), step(2)]);
});

test("irregularText() names only the first few records", () => {
  const text = irregularText({ repeated: ["step 5"], missing: [1, 2, 3, 7, 9, 11, 13, 15, 17] });
  assert.equal(
    text,
    "has more than one line for step 5 and has no line for steps 1 to 3, step 7, step 9, step 11, step 13 and 2 more",
  );
  assert.equal(irregularText(regular), "");
});

test("irregular() ends at a line whose step is out of reach", () => {
  const lines = linesOf([step(1), step(Number.MAX_SAFE_INTEGER)]).map(({ line }) => line);
  const { missing } = irregular(lines, Number.MAX_SAFE_INTEGER);
  assert.equal(missing.length, 1_000_000);
  assert.match(irregularText({ repeated: [], missing }), /^has no line for steps 2 to 1000001$/);
});
