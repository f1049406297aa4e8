import assert from "node:assert/strict";
import { test } from "node:test";
import { messageBytesMax } from "@memnet/protocol";
import { PermissionError } from "@memnet/service";
import { permissionFinding, presenceFindings, serverFindings } from "./nats.ts";

const server = {
  name: "n1",
  version: "2.15.1",
  payloadBytesMax: 2 ** 20,
  headers: true,
  encrypted: true,
  roundTripMs: 0.5,
};

test("serverFindings() describes the server, and fails if its largest payload is too small", () => {
  const [first, limit] = serverFindings("tls://nats:4222", "trainer", server);
  assert.match(first?.text ?? "", /^tls:\/\/nats:4222, server n1, .*as user trainer, over TLS$/);
  assert.equal(limit?.level, "ok");
  const small = serverFindings("nats://nats:4222", undefined, {
    ...server,
    payloadBytesMax: messageBytesMax - 1,
  });
  assert.equal(small[1]?.level, "failed");
  const headless = serverFindings("nats://nats:4222", undefined, { ...server, headers: false });
  assert.equal(headless.at(-1)?.check, "NATS headers");
});

test("permissionFinding() names each refusal", () => {
  assert.equal(permissionFinding("trainer", []).level, "ok");
  const refusals = [
    new PermissionError("publish", "memnet.hello", "x"),
    new PermissionError("subscribe", "memnet.status", "x"),
    new PermissionError("publish", "memnet.batch", "x"),
  ];
  const { level, text } = permissionFinding("trainer", refusals);
  assert.equal(level, "failed");
  assert.equal(
    text,
    "the role trainer may not publish to memnet.hello, memnet.batch, and may not subscribe to memnet.status",
  );
});

test("presenceFindings() counts the connected actors, and lists those that wait", () => {
  const found = presenceFindings([
    { role: "evaluator", id: "e1", waitsFor: null, waitsSeconds: null },
    { role: "trainer", id: "t1", waitsFor: "a run", waitsSeconds: 90 },
    { role: "trainer", id: "t2", waitsFor: null, waitsSeconds: null },
  ]);
  assert.deepEqual(
    found.map(({ level, text }) => [level, text]),
    [
      ["ok", "evaluator: 1"],
      ["warning", "coordinator: none"],
      ["ok", "trainer: 2"],
      ["warning", "data-env: none"],
      ["warning", "trainer t1 waits for a run (1 min 30 s)"],
    ],
  );
});
