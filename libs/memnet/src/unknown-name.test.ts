import assert from "node:assert/strict";
import { test } from "node:test";
import { didYouMean, suggestion, unknownName } from "./unknown-name.ts";

const known = ["copy-ntm", "copy-dnc", "repeat-copy-dnc"];

test("suggestion() finds the closest name, and none that is far away", () => {
  assert.equal(suggestion("copy-ntn", known), "copy-ntm");
  assert.equal(suggestion("repaet-copy-dnc", known), "repeat-copy-dnc");
  assert.equal(suggestion("nope", known), null);
  assert.equal(suggestion("nope", []), null);
});

test("didYouMean() is a question, or nothing", () => {
  assert.equal(didYouMean("copy-ntn", known), "; did you mean copy-ntm?");
  assert.equal(didYouMean("x", known), "");
});

test("unknownName() asks, or states the rule if no known name is close", () => {
  assert.equal(
    unknownName('preset "copy-ntn"', "copy-ntn", known),
    'Unknown preset "copy-ntn"; did you mean copy-ntm?',
  );
  assert.equal(
    unknownName("setting x", "x", ["slots"], "there is slots"),
    "Unknown setting x: there is slots",
  );
});
