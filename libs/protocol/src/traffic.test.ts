import assert from "node:assert/strict";
import { test } from "node:test";
import { roles, subjects } from "./subjects.ts";
import { everySubject } from "./testing.ts";
import { permissionsOf, traffic } from "./traffic.ts";

test("traffic lists every subject once", () => {
  const all = [...everySubject("*", "*"), ...roles.map((role) => `${subjects.inbox(role, "*")}.*`)];
  assert.deepEqual(traffic.map(({ subject }) => subject).sort(), all.sort());
});

test("permissionsOf() keeps a trainer from parameters and checkpoints", () => {
  const { publish, subscribe } = permissionsOf("trainer");
  assert.ok(subscribe.includes("memnet.run.*.step"));
  for (const subject of ["memnet.run.*.step", "memnet.trainer.*.assign", "memnet.pull.evaluator.*"]) {
    assert.ok(!publish.includes(subject), subject);
  }
  assert.ok(!subscribe.includes("memnet.evaluator.snapshot"));
});

test("permissionsOf() lets each role receive only answers to its own requests", () => {
  for (const role of roles) {
    const inboxes = permissionsOf(role).subscribe.filter((subject) => subject.startsWith("_INBOX"));
    assert.deepEqual(inboxes, [`_INBOX.${role}.*.*`]);
  }
});
