import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Packet } from "@memnet/protocol";
import { listen } from "../listen.ts";
import { type Log, silentLog } from "../log.ts";
import { createMetrics } from "../metrics.ts";
import { counted, rememberingLog, settled, skipWithout, startNatsServer, until } from "../testing.ts";
import { type Bus, type BusMessage, DisconnectedError } from "./bus.ts";
import { ConnectTimeoutError } from "./dial.ts";
import { type ConnectOptions, connectBus } from "./nats.ts";
import { PayloadLimitError } from "./payload.ts";

function options(url: string, more: Partial<ConnectOptions> = {}): ConnectOptions {
  const metrics = createMetrics({ service: "test", processMetrics: false });
  return { url, role: "operator", log: silentLog, metrics, ...more };
}

/** Opens a bus that closes at the end of its scope. */
async function open(settings: ConnectOptions): Promise<Bus & AsyncDisposable> {
  const bus = await connectBus(settings);
  return Object.assign(bus, { [Symbol.asyncDispose]: () => bus.close() });
}

/** Returns a log, and the fields of its first warning as a promise. */
function warnings(): { log: Log; first: Promise<Record<string, unknown>> } {
  let resolve: (fields: Record<string, unknown>) => void;
  const first = new Promise<Record<string, unknown>>((done) => {
    resolve = done;
  });
  const log: Log = {
    ...silentLog,
    warn: (message, fields) => resolve({ message, ...fields }),
    child: () => log,
  };
  return { log, first };
}

/** Returns the URL of a port on which nothing listens. */
async function deadUrl(): Promise<string> {
  const server = createServer();
  const port = await listen(server, 0, "127.0.0.1");
  await once(server.close(), "close");
  return `nats://127.0.0.1:${port}`;
}

const skip = skipWithout("nats-server");

test("connectBus() waits for a broker that starts later, and logs it", {
  skip,
  timeout: 20_000,
}, async () => {
  await using broker = await startNatsServer();
  await broker.stop();
  const { log, first } = warnings();
  const connecting = open(options(broker.url, { log }));
  const { message, reason } = await first;
  assert.equal(message, `Waiting for NATS at ${broker.url}`);
  assert.match(String(reason), /refused/);
  await broker.restart();
  await using bus = await connecting;
  assert.equal(bus.connected, true);
  assert.match(bus.id, /^[a-z0-9]{12}$/);
});

test("connectBus() gives up after connectTimeoutMs", { timeout: 20_000 }, async () => {
  await assert.rejects(connectBus(options(await deadUrl(), { connectTimeoutMs: 1000 })), (error) => {
    assert.ok(error instanceof ConnectTimeoutError);
    assert.equal(error.code, "CONNECT_TIMEOUT");
    assert.match(error.message, /within 1000 ms, got: .*refused/i);
    return true;
  });
});

test("connectBus() gives up when its signal aborts", { timeout: 20_000 }, async () => {
  const { log, first } = warnings();
  const controller = new AbortController();
  const connecting = connectBus(options(await deadUrl(), { log, signal: controller.signal }));
  await first;
  controller.abort(new Error("told to stop"));
  await assert.rejects(connecting, /told to stop/);
});

test("connectBus() gives up on a server that sends nothing", { timeout: 20_000 }, async () => {
  const server = createServer();
  const port = await listen(server, 0, "127.0.0.1");
  const sockets: Socket[] = [];
  server.on("connection", (socket) => void sockets.push(socket.on("error", () => {})));
  await assert.rejects(
    connectBus(options(`127.0.0.1:${port}`, { connectTimeoutMs: 100 })),
    ConnectTimeoutError,
  );
  for (const socket of sockets) socket.destroy();
  server.close();
});

test("connectBus() rejects a malformed address without showing its password", async () => {
  await assert.rejects(connectBus(options("http://me:secret@host")), (error) => {
    assert.ok(error instanceof RangeError);
    assert.doesNotMatch(error.message, /secret/);
    return true;
  });
});

test("connectBus() connects to the first reachable server", { skip, timeout: 20_000 }, async () => {
  await using broker = await startNatsServer();
  await using bus = await open(options(`${await deadUrl()},${broker.url}`));
  assert.equal(bus.connected, true);
});

test("a handler that throws is counted", { skip, timeout: 20_000 }, async () => {
  await using broker = await startNatsServer();
  const metrics = createMetrics({ service: "test", processMetrics: false });
  await using bus = await open(options(broker.url, { metrics }));
  bus.subscribe("a", () => {
    throw new Error("as planned");
  });
  bus.publish("a", Packet.received(new Uint8Array(0)));
  await settled(bus);
  assert.equal(await counted(metrics, "memnet_bus_handler_errors_total"), 1);
});

test("close() cancels a dial in progress", { skip, timeout: 20_000 }, async () => {
  await using broker = await startNatsServer();
  const bus = await connectBus(options(broker.url));
  await broker.stop();
  const mute = createServer();
  await listen(mute, broker.port, "127.0.0.1");
  const [socket] = await once(mute, "connection");
  const gone = new Promise((resolve) => socket.once("close", resolve).once("error", () => {}));
  socket.resume();
  await bus.close();
  await gone;
  mute.close();
});

test("a request is not answered once the connection it arrived on is lost", {
  skip,
  timeout: 20_000,
}, async () => {
  await using broker = await startNatsServer();
  const metrics = createMetrics({ service: "test", processMetrics: false });
  await using bus = await open(options(broker.url, { metrics }));
  const questions: BusMessage[] = [];
  bus.subscribe("ask", (message) => void questions.push(message));
  const lost = assert.rejects(
    bus.request("ask", Packet.received(new Uint8Array(0)), 10_000),
    DisconnectedError,
  );
  await until(() => questions.length === 1);
  await broker.restart();
  await lost;
  await until(() => bus.connected);
  assert.equal(questions[0]?.respond(Packet.received(new Uint8Array(0))), false);
  assert.equal(await counted(metrics, "memnet_bus_dropped_total", { reason: "late" }), 1);
});

test("connectBus() logs in with the URL's user or the user option", { skip, timeout: 20_000 }, async () => {
  await using broker = await startNatsServer(["--user", "a@b", "--pass", "p:w"]);
  const address = `127.0.0.1:${broker.port}`;
  for (const own of [
    options(`nats://a%40b:p%3Aw@${address}`),
    options(`nats://x:y@${address}`, { user: "a@b", password: "p:w" }),
  ]) {
    await using bus = await open(own);
    assert.equal(bus.connected, true);
  }
  await assert.rejects(connectBus(options(`nats://x:y@${address}`, { connectTimeoutMs: 2000 })), (error) => {
    assert.ok(error instanceof ConnectTimeoutError);
    assert.match(error.message, /authorization/i);
    return true;
  });
});

test("a bus leaves a silent server even with many unsent bytes", { skip, timeout: 30_000 }, async () => {
  await using broker = await startNatsServer();
  const pid = broker.pid ?? assert.fail("nats-server has a process");
  const metrics = createMetrics({ service: "test", processMetrics: false });
  await using bus = await open(options(broker.url, { metrics, pingMs: 100 }));
  bus.subscribe("silent", () => {});
  process.kill(pid, "SIGSTOP");
  const lost = assert.rejects(
    bus.request("silent", Packet.received(new Uint8Array(8)), 60_000),
    DisconnectedError,
  );
  const block = new Uint8Array(1024 * 1024);
  let accepted = 0;
  while (accepted < 200 && bus.publish("elsewhere", Packet.received(block))) accepted += 1;
  assert.ok(accepted >= 60 && accepted <= 80, `64 MiB and the system's own buffers fit, got ${accepted}`);
  await lost;
  assert.equal(bus.connected, false);
  process.kill(pid, "SIGCONT");
  await until(() => bus.connected);
});

/** Returns the path of a nats-server configuration file, and a function that changes its max_payload. */
function payloadConfiguration(context: TestContext): { path: string; set(max: string): void } {
  const folder = mkdtempSync(join(tmpdir(), "memnet-nats-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "nats.conf");
  return { path, set: (max) => writeFileSync(path, `max_payload: ${max}\n`) };
}

test("connectBus() rejects a server whose max_payload is too small, and says how to fix it", {
  skip,
  timeout: 20_000,
}, async (context) => {
  const configuration = payloadConfiguration(context);
  configuration.set("64KB");
  await using broker = await startNatsServer(["-c", configuration.path]);
  await assert.rejects(connectBus(options(broker.url)), (error) => {
    assert.ok(error instanceof PayloadLimitError);
    assert.equal(
      error.message,
      `Cannot use NATS at ${broker.url}: its max_payload is 65,536 bytes, and memnet's largest message has ` +
        "786,436 bytes; set max_payload: 1MB in the server's configuration",
    );
    return true;
  });
});

test("connectBus() stays with a server that restarts with too small a limit, and logs it", {
  skip,
  timeout: 30_000,
}, async (context) => {
  const configuration = payloadConfiguration(context);
  configuration.set("1MB");
  await using broker = await startNatsServer(["-c", configuration.path]);
  const { log, lines } = rememberingLog();
  await using bus = await open(options(broker.url, { log }));
  let connections = 0;
  bus.onReconnect(() => {
    connections += 1;
  });
  const large = new Uint8Array(100_000);
  assert.equal(bus.publish("a", Packet.received(large)), true);
  assert.equal(bus.refused, null);

  configuration.set("64KB");
  await broker.restart();
  await until(() => connections === 1);
  assert.match(bus.refused ?? "", /max_payload is 65,536 bytes/);
  assert.equal(lines.filter(({ level, message }) => level === "error" && message === bus.refused).length, 1);
  assert.equal(bus.publish("a", Packet.received(large)), false);
  assert.equal(bus.publish("a", Packet.received(new Uint8Array(10))), true);

  configuration.set("1MB");
  await broker.restart();
  await until(() => connections === 2);
  assert.equal(bus.refused, null);
  assert.equal(bus.publish("a", Packet.received(large)), true);
});
