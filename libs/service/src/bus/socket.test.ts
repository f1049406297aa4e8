import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { bodyBytesMax, messages, Packet } from "@memnet/protocol";
import { rememberingLog, settled, until } from "../testing.ts";
import { DisconnectedError } from "./bus.ts";
import { framed } from "./frames.ts";
import { MemoryNetwork } from "./memory.ts";
import { joinSocket, serveSocket } from "./socket.ts";

const packet = (text: string) => Packet.received(new TextEncoder().encode(text));

function socketIn(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "memnet-socket-"));
  context.after(() => rmSync(folder, { recursive: true }));
  return join(folder, "socket");
}

test("serveSocket() replaces the socket of a killed process", async (context) => {
  const path = socketIn(context);
  writeFileSync(path, "");
  await using _served = await serveSocket(new MemoryNetwork(), path);
  const bus = await joinSocket(path, { role: "operator" });
  assert.equal(bus.connected, true);
  await bus.close();
});

test("serveSocket() lets no other user of the machine join", async (context) => {
  const path = socketIn(context);
  const umask = process.umask(0);
  try {
    await using _served = await serveSocket(new MemoryNetwork(), path);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(statSync(dirname(path)).mode & 0o777, 0o700);
  } finally {
    process.umask(umask);
  }
  chmodSync(dirname(path), 0o755);
  await assert.rejects(serveSocket(new MemoryNetwork(), path), /only its user may open .* got mode 755/);
});

test("serveSocket() disconnects a process that sends operations of another shape, and serves the others", async (context) => {
  const path = socketIn(context);
  await using _served = await serveSocket(new MemoryNetwork({ isLocal: false }), path);
  for (const sent of [
    null,
    5,
    "subscribe",
    {},
    { op: "fly" },
    { op: "subscribe", sid: "1", subject: 5 },
    { op: "subscribe", sid: {}, subject: "a" },
    { op: "subscribe", sid: "1", subject: "a", queue: 7 },
    { op: "unsubscribe" },
    { op: "publish", subject: ["a"] },
    { op: "publish", subject: "a", reply: 5 },
  ]) {
    const socket = createConnection(path);
    for (const chunk of framed(sent, new Uint8Array(0))) socket.write(chunk);
    await once(socket, "close");
  }
  const bus = await joinSocket(path, { role: "operator" });
  await settled(bus);
  await bus.close();
});

test("joinSocket() rejects if no process serves the socket", async (context) => {
  await assert.rejects(joinSocket(socketIn(context), { role: "operator" }), { code: "ENOENT" });
});

test("a bus is disconnected once the process that serves it exits", async (context) => {
  const path = socketIn(context);
  const served = await serveSocket(new MemoryNetwork(), path);
  const bus = await joinSocket(path, { role: "operator" });
  bus.subscribe("silent", () => {});
  await settled(bus);
  const lost = assert.rejects(bus.request("silent", packet(""), 60_000), DisconnectedError);
  await served[Symbol.asyncDispose]();
  await lost;
  assert.equal(bus.connected, false);
  await bus.close();
});

test("a network forgets a process that has left", async (context) => {
  const network = new MemoryNetwork();
  const path = socketIn(context);
  await using _served = await serveSocket(network, path);
  const bus = await joinSocket(path, { role: "trainer" });
  bus.subscribe("work", (message) => void message.respond(packet("done")));
  await settled(bus);
  const asker = network.connect({ role: "operator" });
  assert.equal((await asker.requestMany("work", packet(""), 50)).length, 1);
  await bus.close();
  const isForgotten = async () => (await asker.requestMany("work", packet(""), 50)).length === 0;
  assert.equal(await isForgotten(), true);
});

test("a packet too long to leave its process is dropped and logged", async (context) => {
  const network = new MemoryNetwork();
  const path = socketIn(context);
  const { log, lines } = rememberingLog();
  await using _served = await serveSocket(network, path, log);
  const bus = await joinSocket(path, { role: "operator" });
  const got: unknown[] = [];
  bus.subscribe("a", (message) => void got.push(message.packet.open(messages.askStatus).fields));
  await settled(bus);
  const sender = network.connect({ role: "coordinator" });
  sender.publish("a", Packet.of(messages.askStatus, {}, new Uint8Array(bodyBytesMax + 1)));
  sender.publish("a", Packet.of(messages.askStatus, {}));
  await until(() => got.length > 0);
  assert.equal(got.length, 1);
  assert.match(lines.map(({ message }) => message).join(), /Cannot pass on a message/);
  await bus.close();
});

test("a process that sends anything but frames is disconnected", async (context) => {
  const path = socketIn(context);
  await using _served = await serveSocket(new MemoryNetwork(), path);
  const stranger = createConnection(path);
  stranger.write("GET / HTTP/1.1\r\n\r\n");
  await once(stranger.resume(), "close");
});
