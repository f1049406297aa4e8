import assert from "node:assert/strict";
import { test } from "node:test";
import { type Role, roles, subjects } from "./subjects.ts";
import { everySubject } from "./testing.ts";
import { permissionsOf, traffic } from "./traffic.ts";

/** The roles that ask JetStream, whose answers have inboxes of the NATS library's own. */
const queueUsers: readonly Role[] = ["operator", "worker"];

test("traffic lists every subject once", () => {
  const all = [
    ...everySubject("*", "*"),
    ...roles.map((role) => `${subjects.inbox(role, "*")}.*`),
    ...queueUsers.map((role) => `${subjects.inbox(role, "*")}.*.*`),
  ];
  const own = traffic.map(({ subject }) => subject).filter((subject) => !subject.startsWith("$JS."));
  assert.deepEqual(own.sort(), all.sort());
});

test("traffic lets operators and workers use the queue of runs, and nothing else of JetStream", () => {
  const used = traffic.filter(({ subject }) => subject.startsWith("$JS."));
  assert.ok(used.length > 0);
  for (const { subject, publish, subscribe } of used) {
    assert.ok(subject.split(".").includes("memnet-queue"), subject);
    assert.ok(publish.every((role) => queueUsers.includes(role)) && subscribe.length === 0, subject);
  }
});

test("permissionsOf() keeps a trainer from parameters and checkpoints", () => {
  const { publish, subscribe } = permissionsOf("trainer");
  assert.ok(subscribe.includes("memnet.run.*.step"));
  for (const subject of [
    "memnet.run.*.step",
    "memnet.run.*.parameters",
    "memnet.trainer.*.assign",
    "memnet.pull.evaluator.*",
  ]) {
    assert.ok(!publish.includes(subject), subject);
  }
  assert.ok(!subscribe.includes("memnet.evaluator.snapshot"));
});

test("permissionsOf() lets each role receive only answers to its own requests", () => {
  for (const role of roles) {
    const inboxes = permissionsOf(role).subscribe.filter((subject) => subject.startsWith("_INBOX"));
    const library = queueUsers.includes(role) ? [`_INBOX.${role}.*.*.*`] : [];
    assert.deepEqual(inboxes, [`_INBOX.${role}.*.*`, ...library]);
  }
});
