import assert from "node:assert/strict";
import { test } from "node:test";
import { duration, figure, lossText, scientific, share, whole } from "./figures.ts";

test("figure() keeps about four digits", () => {
  assert.deepEqual([0.01234, 1.23456, 12.3456, 123.456, 12345.6].map(figure), [
    "0.0123",
    "1.235",
    "12.35",
    "123.5",
    "12,346",
  ]);
  assert.equal(figure(Number.NaN), "NaN");
});

test("whole() rounds, and separates the thousands", () => {
  assert.deepEqual([999, 3187.5, 1_000_000].map(whole), ["999", "3,188", "1,000,000"]);
});

test("duration() names the two largest units", () => {
  assert.deepEqual([0, 0.4, 59, 60, 61, 3600, 3725, 90_061, Number.POSITIVE_INFINITY].map(duration), [
    "0 s",
    "0 s",
    "59 s",
    "1 min",
    "1 min 1 s",
    "1 h",
    "1 h 2 min",
    "1 d 1 h",
    "unknown",
  ]);
});

test("share() and scientific()", () => {
  assert.equal(share(0.125), "12.5 %");
  assert.equal(scientific(1.2345e-7), "1.23e-7");
});

test("lossText() shows a loss in bits, beside the floor if there is one", () => {
  assert.equal(lossText(12.5, null), "12.50 bits");
  assert.equal(lossText(150, 128 * Math.LN2), "150.0 bits (at least 128.0)");
});
