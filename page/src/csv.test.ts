import assert from "node:assert/strict";
import { test } from "node:test";
import { csvRow } from "./csv.ts";

test("csvRow() quotes only the fields that need it", () => {
  assert.equal(csvRow(["a", 1.5, null, "b c"]), "a,1.5,,b c\n");
  assert.equal(csvRow(['say "x"', "1,2", "two\nlines", "\r"]), '"say ""x""","1,2","two\nlines","\r"\n');
});
