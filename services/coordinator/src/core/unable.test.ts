import assert from "node:assert/strict";
import { test } from "node:test";
import { faultMs, Unable } from "./unable.ts";

const fault = { why: "Cannot use task parity: sequence() threw", task: true };
const lacks = { why: "Cannot load task parity: there is no file", task: false };

test("Unable.fault() blames the task once other trainers have had time to try it", () => {
  const unable = new Unable();
  unable.say("a", lacks, 0);
  assert.equal(unable.fault(10 * faultMs), undefined);
  unable.say("b", fault, 100);
  assert.equal(unable.fault(99 + faultMs), undefined);
  assert.equal(unable.fault(100 + faultMs), fault.why);
});

test("Unable.say() keeps a trainer's first report, however often it is repeated", () => {
  const unable = new Unable();
  unable.say("a", fault, 0);
  unable.say("a", fault, faultMs - 1);
  assert.equal(unable.fault(faultMs), fault.why);
});

test("Unable.refute() clears the fault of a task that works for another trainer, even if reported again", () => {
  const unable = new Unable();
  unable.say("a", fault, 0);
  unable.refute();
  unable.say("a", fault, 1000);
  assert.equal(unable.fault(10 * faultMs), undefined);
  unable.say("b", fault, 2000);
  assert.equal(unable.fault(2000 + faultMs), fault.why);
});

test("Unable.newest is the last trainer's reason until that trainer is able", () => {
  const unable = new Unable();
  assert.equal(unable.newest, undefined);
  unable.say("a", fault, 0);
  unable.say("b", lacks, 0);
  assert.equal(unable.newest, lacks.why);
  unable.withdraw("b");
  assert.equal(unable.newest, fault.why);
});
