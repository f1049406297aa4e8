import assert from "node:assert/strict";
import { test } from "node:test";
import { csvText, parseCsv, type Row, sizesBeyond } from "./rows.ts";

const rows: readonly Row[] = [
  {
    step: 500,
    sequences: 8000,
    split: "training",
    measured: 8000,
    lossBits: 12.5,
    wrongBits: null,
    exact: null,
  },
  { step: 500, sequences: 8000, split: "validation", measured: 800, lossBits: 1e-7, wrongBits: 0, exact: 1 },
  {
    step: 500,
    sequences: 8000,
    split: "length-20",
    measured: 160,
    lossBits: null,
    wrongBits: 3,
    exact: 0.25,
  },
];

test("csvText() has a line for each row, and an empty cell for a missing figure", () => {
  assert.equal(
    csvText(rows),
    [
      "step,sequences,split,measured,loss_bits,wrong_bits,exact",
      "500,8000,training,8000,12.5,,",
      "500,8000,validation,800,1e-7,0,1",
      "500,8000,length-20,160,,3,0.25",
      "",
    ].join("\n"),
  );
});

test("parseCsv() reads what csvText() writes", () => {
  assert.deepEqual(parseCsv(csvText(rows), "x.csv"), rows);
  assert.deepEqual(parseCsv(csvText([]), "x.csv"), []);
});

test("parseCsv() names a line that it cannot read", () => {
  const head = csvText([]);
  for (const [text, message] of [
    ["step,loss\n", /line 1 of x\.csv: the columns must be step,/],
    [`${head}500,8000,training,1,2,,`, /line 2 of x\.csv: the last line must have an end/],
    [`${head}500,8000,training,1,2,\n`, /line 2 of x\.csv: it must hold a value for each/],
    [`${head}500,8000,training,1,2,,,\n`, /line 2/],
    [`${head}500,8000,training,1,2,,\n500,8000,training,1,many,,\n`, /line 3 of x\.csv: .* got "500,/],
    [`${head}-1,8000,training,1,2,,\n`, /line 2/],
    [`${head}500,8000,,1,2,,\n`, /line 2/],
  ] as const) {
    assert.throws(() => parseCsv(text, "x.csv"), { name: "RangeError", message });
  }
});

test("sizesBeyond() leaves out training and validation", () => {
  const larger = { ...rows[2]!, split: "length-40" };
  assert.deepEqual(sizesBeyond([...rows, larger, ...rows]), ["length-20", "length-40"]);
});
