import assert from "node:assert/strict";
import { test } from "node:test";
import { labels, rowLabels } from "./labels.ts";

const names = ["0", "1", "2", "start", "end"];
const flags = [false, false, false, true, true];

test("rowLabels() names data together, and flags one by one where they fit", () => {
  assert.deepEqual(rowLabels({ names, flags }, 10), [
    { text: "data", from: 0, end: 3 },
    { text: "start", from: 3, end: 4 },
    { text: "end", from: 4, end: 5 },
  ]);
  assert.deepEqual(rowLabels({ names, flags }, 4), [
    { text: "data", from: 0, end: 3 },
    { text: "flags", from: 3, end: 5 },
  ]);
  assert.deepEqual(rowLabels({ names: ["0", "1"], flags: [false, false] }, 4), [
    { text: "data", from: 0, end: 2 },
  ]);
});

test("rowLabels() names slots and heads as far apart as their names are high", () => {
  const slots = ["1", "235", "236", "237"];
  assert.deepEqual(
    rowLabels({ names: slots }, 6).map(({ text, from }) => [text, from]),
    [
      ["1", 0],
      ["236", 2],
    ],
  );
  assert.deepEqual(
    rowLabels({ names: ["bit"], flags: [false] }, 14).map(({ text }) => text),
    ["bit"],
  );
});

test("labels() keeps round distances", () => {
  const columns = Array.from({ length: 20 }, (_, index) => String(index + 1));
  assert.deepEqual(
    labels(columns, 20 / 8).map(({ text }) => text),
    ["1", "6", "11", "16"],
  );
});
