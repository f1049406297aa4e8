import assert from "node:assert/strict";
import { test } from "node:test";
import { flagsOf } from "./flags.ts";
import { rowHeight, rowsText, shortNumber } from "./strip.ts";

const channel = (names: readonly string[], flags?: readonly boolean[]) =>
  rowsText({ rowName: "channel", names, ...(flags && { flags }) });

test("rowsText() counts rows, and tells data from flags", () => {
  assert.equal(rowsText({ rowName: "slot", names: ["3", "4"] }), "2 slots");
  assert.equal(channel(["bit"]), "1 channel");
  assert.equal(
    channel(["0", "1", "2", "end"], [false, false, false, true]),
    "4 channels: data 0–2; flags end",
  );
  assert.equal(
    channel(["0", "1", "priority", "end"], [false, false, false, true]),
    "4 channels: data 0, 1, priority; flags end",
  );
});

test("rowHeight() gives a slot 4 pixels at least, and keeps few rows readable", () => {
  const slots = (count: number) => rowHeight({ rowName: "slot", names: Array<string>(count).fill("") });
  assert.deepEqual([1, 20, 40, 1000].map(slots), [14, 12, 6, 4]);
  assert.equal(rowHeight({ rowName: "channel", names: Array<string>(10).fill("") }), 10);
  assert.equal(rowHeight({ rowName: "channel", names: Array<string>(300).fill("") }), 0.5);
});

test("flagsOf() names channels that are rarely set beside numbered data", () => {
  const rows = [
    [0, 0, 0.5, 1],
    [1, 0, -0.5, 0],
    [0, 1, 0.2, 0],
    [1, 1, 0.1, 0],
    [1, 0, 0.9, 0],
  ];
  const plane = { shape: [5, 4], data: Float32Array.from(rows.flat()) };
  assert.deepEqual(flagsOf(plane, ["0", "1", "priority", "start"]), [false, false, false, true]);
  assert.deepEqual(flagsOf(plane, ["a", "b", "c", "d"]), [false, false, false, false]);
});

test("shortNumber() has three digits, and 0 for what is next to nothing", () => {
  assert.deepEqual([0.93333, 12.345, 0.0001, -2, 0.00123].map(shortNumber), [
    "0.933",
    "12.3",
    "0",
    "-2",
    "0.00123",
  ]);
});
