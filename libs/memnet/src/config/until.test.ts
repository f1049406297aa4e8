import assert from "node:assert/strict";
import { test } from "node:test";
import { conditionText, parseCondition, satisfies, untilConfig } from "./until.ts";

const evaluations = { every: 500, batches: 50 };
const measured = { loss: 0.5, lossBits: 0.72, wrongBits: 0.1, exact: 0.9 };

test("parseCondition() reads a figure, a comparison and a number", () => {
  assert.deepEqual(parseCondition("wrongBits<0.1"), { figure: "wrongBits", comparison: "<", value: 0.1 });
  assert.deepEqual(parseCondition(" exact >= 1 "), { figure: "exact", comparison: ">=", value: 1 });
  assert.deepEqual(parseCondition("loss<=1e-3"), { figure: "loss", comparison: "<=", value: 0.001 });
  assert.deepEqual(parseCondition("lossBits>-2"), { figure: "lossBits", comparison: ">", value: -2 });
});

test("parseCondition() refuses anything else with the rule and the text", () => {
  for (const text of [
    "",
    "wrongBits",
    "wrongBits<",
    "wrongbits<1",
    "steps<5",
    "loss=1",
    "loss==1",
    "loss<x",
    "loss<NaN",
    "loss<Infinity",
    "loss<1 2",
    "constructor<1",
  ]) {
    assert.throws(
      () => parseCondition(text),
      (error: Error) =>
        error instanceof RangeError &&
        error.message.startsWith("Cannot use --until: it must be one of loss, ") &&
        error.message.endsWith(`, got ${JSON.stringify(text)}`),
      text,
    );
  }
});

test("conditionText() writes what parseCondition() reads", () => {
  for (const text of ["wrongBits<0.1", "exact>=1", "loss<=0.001"]) {
    assert.equal(conditionText({ ...parseCondition(text), ...evaluations }), text);
  }
});

test("satisfies() compares the measured figure", () => {
  const cases = {
    "wrongBits<0.1": false,
    "wrongBits<=0.1": true,
    "wrongBits<0.11": true,
    "exact>0.9": false,
    "exact>=0.9": true,
    "loss>0.4": true,
    "lossBits<0.7": false,
  };
  for (const [text, wanted] of Object.entries(cases)) {
    assert.equal(satisfies({ ...parseCondition(text), ...evaluations }, measured), wanted, text);
  }
});

test("satisfies() is never true of NaN", () => {
  for (const comparison of ["<", "<=", ">", ">="] as const) {
    const condition = { figure: "loss" as const, comparison, value: 0, ...evaluations };
    assert.equal(satisfies(condition, { ...measured, loss: Number.NaN }), false);
  }
});

test("untilConfig refuses evaluations that cannot be", () => {
  const condition = parseCondition("loss<1");
  assert.equal(untilConfig.safeParse({ ...condition, ...evaluations }).success, true);
  for (const change of [{ every: 0 }, { batches: 51 }, { batches: 0 }, { value: Number.NaN }, { more: 1 }]) {
    assert.equal(untilConfig.safeParse({ ...condition, ...evaluations, ...change }).success, false);
  }
});
