import assert from "node:assert/strict";
import { test } from "node:test";
import { errorText, plainLine, Tail } from "./tail.ts";

test("Tail keeps the last 40 lines, however they come in", () => {
  const tail = new Tail();
  for (let line = 0; line < 100; line++) {
    tail.push(`line ${line}`.slice(0, 3));
    assert.deepEqual(tail.push(`${`line ${line}`.slice(3)}\n`), [`line ${line}`]);
  }
  const kept = tail.text().split("\n");
  assert.equal(kept.length, 40);
  assert.equal(kept[39], "  line 99");
});

test("Tail shows an unfinished last line", () => {
  const tail = new Tail();
  tail.push("one\ntwo");
  assert.equal(tail.text(), "  one\n  two");
});

test("plainLine() turns a log line into words", () => {
  const line = {
    level: "error",
    time: 1,
    service: "trainer",
    message: "Cannot go on",
    error: { message: "no" },
    step: 3,
  };
  assert.equal(plainLine(JSON.stringify(line)), "error: Cannot go on; error: no; step: 3");
  assert.equal(plainLine("{ not json"), "{ not json");
});

test("errorText() takes errors alone from a log", () => {
  const line = {
    level: "error",
    message: "Cannot keep step 5",
    error: { message: "no space left" },
    step: 5,
  };
  assert.equal(errorText(JSON.stringify(line)), "Cannot keep step 5: no space left");
  assert.equal(errorText(JSON.stringify({ ...line, error: undefined })), "Cannot keep step 5");
  assert.equal(errorText(JSON.stringify({ ...line, level: "warn" })), undefined);
  assert.equal(errorText('{"level":"error", cut'), undefined);
});
