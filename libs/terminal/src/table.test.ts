import assert from "node:assert/strict";
import { test } from "node:test";
import { table } from "./table.ts";

test("table() aligns its columns", () => {
  assert.equal(
    table(
      ["run", ">step", "state"],
      [
        ["a", "1,000", "training"],
        ["longer", "5", "ended"],
      ],
    ),
    ["run      step  state", "a       1,000  training", "longer      5  ended"].join("\n"),
  );
});

test("table() without rows is its header", () => {
  assert.equal(table(["run", ">step"], []), "run  step");
});
