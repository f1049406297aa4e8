import assert from "node:assert/strict";
import { test } from "node:test";
import { actorId, runName, subjects } from "./subjects.ts";
import { everySubject } from "./testing.ts";

test("runName accepts at most 64 letters, digits, '-' and '_'", () => {
  for (const name of [
    "a",
    "box_250101000000",
    "A-1",
    "_",
    "a-",
    "x".repeat(64),
    "test",
    "_testing",
    "my_test-2",
  ]) {
    assert.equal(runName.safeParse(name).success, true, name);
  }
});

test("runName rejects paths, subjects, other letters, and names that begin with - or end in _test", () => {
  const refused = ["", "../x", "a/b", "a.b", "a b", ".", "..", "*", ">", "é", "a\n", "x".repeat(65), 5, null];
  for (const name of refused) assert.equal(runName.safeParse(name).success, false, String(name));
  for (const name of ["_test", "box_test"]) {
    const { error } = runName.safeParse(name);
    assert.match(error?.message ?? "", /must not end in _test, which is the test page's/);
  }
  for (const name of ["-x", "-", "--run"]) {
    assert.match(runName.safeParse(name).error?.message ?? "", /must not begin with '-', as a flag does/);
  }
  assert.match(runName.safeParse("../x").error?.message ?? "", /1 to 64 letters, digits, '-' and '_'/);
});

test("actorId is a single subject token", () => {
  for (const id of ["t1", "0", "abcdef0123456789"]) assert.equal(actorId.safeParse(id).success, true, id);
  for (const id of ["", "A", "a.b", "a-b", "*", ">", "x".repeat(33), 5]) {
    assert.equal(actorId.safeParse(id).success, false, String(id));
  }
});

test("subjects of different runs, trainers and actors differ", () => {
  assert.equal(subjects.run("mine").result, "memnet.run.mine.result");
  assert.equal(subjects.assign("t1"), "memnet.trainer.t1.assign");
  assert.equal(subjects.holder("c1"), "memnet.coordinator.c1.alive");
  assert.equal(subjects.pull("evaluator", "e1"), "memnet.pull.evaluator.e1");
});

test("subjects are valid, start with memnet, and are unique", () => {
  const all = everySubject("mine", "t1");
  assert.equal(new Set(all).size, all.length);
  for (const subject of all) assert.match(subject, /^memnet(\.[A-Za-z0-9_-]+)+$/);
});
