/** Runs the same tests in memory, through a socket and on a real nats-server. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Packet } from "@memnet/protocol";
import { silentLog } from "../log.ts";
import { createMetrics, type Metrics } from "../metrics.ts";
import {
  counted,
  type NetworkKind,
  networkKinds,
  rememberingLog,
  settled,
  skipNetwork,
  startNatsServer,
  startNetwork,
  type TestNetwork,
  until,
} from "../testing.ts";
import { type Bus, DisconnectedError, NoRespondersError, RequestTimeoutError } from "./bus.ts";
import { type ConnectionOptions, connect } from "./connection.ts";

const bytes = (text: string): Packet => Packet.received(new TextEncoder().encode(text));
const text = (packet: Packet): string => new TextDecoder().decode(packet.bytes);

/** Opens a bus that closes at the end of its scope. */
async function open(
  { connection }: TestNetwork,
  options: Partial<ConnectionOptions> = {},
): Promise<Bus & AsyncDisposable> {
  const metrics = testMetrics();
  const bus = await connect(connection, { role: "operator", log: silentLog, metrics, ...options });
  return Object.assign(bus, { [Symbol.asyncDispose]: () => bus.close() });
}

function testMetrics(): Metrics {
  return createMetrics({ service: "test", processMetrics: false });
}

/** Resolves with the first `count` messages of a subject, as text. */
function collect(bus: Bus, subject: string, count: number, queue?: string): Promise<string[]> {
  const got: string[] = [];
  return new Promise((resolve) => {
    const handler = (message: { packet: Packet }): void => {
      got.push(text(message.packet));
      if (got.length === count) resolve(got);
    };
    bus.subscribe(subject, handler, queue === undefined ? {} : { queue });
  });
}

for (const kind of networkKinds) {
  const on = (name: string, run: (kind: NetworkKind) => Promise<void>): void => {
    test(`${name}, on ${kind}`, { skip: skipNetwork(kind), timeout: 30_000 }, () => run(kind));
  };

  on("publish() reaches every subscriber in order", async () => {
    await using network = await startNetwork(kind);
    await using one = await open(network);
    await using two = await open(network);
    const got = [collect(one, "a.*", 100), collect(two, "a.b", 100), collect(two, "a.>", 100)];
    await settled(one);
    await settled(two);
    const sent = Array.from({ length: 100 }, (_, index) => String(index));
    for (const item of sent) assert.equal(one.publish("a.b", bytes(item)), true);
    for (const list of await Promise.all(got)) assert.deepEqual(list, sent);
  });

  on("subscribe() shares messages within a queue group", async () => {
    await using network = await startNetwork(kind);
    await using one = await open(network);
    await using two = await open(network);
    const heard: string[] = [];
    const all = collect(one, "work", 200);
    one.subscribe("work", () => void heard.push("one"), { queue: "workers" });
    two.subscribe("work", () => void heard.push("two"), { queue: "workers" });
    await settled(one);
    await settled(two);
    for (let index = 0; index < 200; index += 1) one.publish("work", bytes(""));
    await all;
    await settled(one);
    await settled(two);
    assert.equal(heard.length, 200);
    assert.deepEqual(new Set(heard), new Set(["one", "two"]));
  });

  on("subscribe() receives nothing after stop()", async () => {
    await using network = await startNetwork(kind);
    await using bus = await open(network);
    let heard = 0;
    const subscription = bus.subscribe("a", () => {
      heard += 1;
    });
    bus.publish("a", bytes(""));
    await settled(bus);
    subscription.stop();
    bus.publish("a", bytes(""));
    await settled(bus);
    assert.equal(heard, 1);
  });

  on("subscribe() survives a handler that throws, and logs it", async () => {
    await using network = await startNetwork(kind);
    const { log, lines } = rememberingLog();
    await using bus = await open(network, { log });
    let heard = 0;
    bus.subscribe("a", () => {
      heard += 1;
      throw new Error("as planned");
    });
    bus.publish("a", bytes(""));
    bus.publish("a", bytes(""));
    await settled(bus);
    assert.equal(heard, 2);
    assert.equal(lines.filter(({ level }) => level === "error").length, 2);
  });

  on("request() is answered by another client", async () => {
    await using network = await startNetwork(kind);
    await using asker = await open(network);
    await using answerer = await open(network);
    answerer.subscribe("double", (message) =>
      assert.equal(message.respond(bytes(text(message.packet).repeat(2))), true),
    );
    await settled(answerer);
    const answers = await Promise.all(
      ["a", "b", "c"].map((word) => asker.request("double", bytes(word), 5000)),
    );
    assert.deepEqual(answers.map(text), ["aa", "bb", "cc"]);
    assert.equal(Object.getPrototypeOf(answers[0]?.bytes), Uint8Array.prototype);
  });

  on("respond() returns false if no answer was asked for", async () => {
    await using network = await startNetwork(kind);
    await using bus = await open(network);
    const responded = new Promise((resolve) =>
      bus.subscribe("a", (message) => resolve(message.respond(bytes("")))),
    );
    bus.publish("a", bytes(""));
    assert.equal(await responded, false);
  });

  on("request() throws NoRespondersError if nothing listens", async () => {
    await using network = await startNetwork(kind);
    await using bus = await open(network);
    await assert.rejects(bus.request("nobody", bytes(""), 60_000), NoRespondersError);
  });

  on("request() throws RequestTimeoutError if no answer comes", async () => {
    await using network = await startNetwork(kind);
    await using bus = await open(network);
    bus.subscribe("silent", () => {});
    await assert.rejects(bus.request("silent", bytes(""), 20), RequestTimeoutError);
  });

  on("requestMany() collects the answers of all subscribers", async () => {
    await using network = await startNetwork(kind);
    await using asker = await open(network);
    await using other = await open(network);
    asker.subscribe("who", (message) => void message.respond(bytes("one")));
    other.subscribe("who", (message) => void message.respond(bytes("two")));
    await settled(other);
    const answers = await asker.requestMany("who", bytes(""), 200);
    assert.deepEqual(answers.map(text).sort(), ["one", "two"]);
    assert.deepEqual(await asker.requestMany("nobody", bytes(""), 60_000), []);
  });

  on("close() sends queued messages and rejects pending requests", async () => {
    await using network = await startNetwork(kind);
    await using one = await open(network);
    await using two = await open(network);
    const got = collect(two, "a", 1);
    two.subscribe("silent", () => {});
    await settled(two);
    const waiting = assert.rejects(one.request("silent", bytes(""), 60_000), DisconnectedError);
    one.publish("a", bytes("last"));
    await one.close();
    assert.deepEqual(await got, ["last"]);
    await waiting;
    assert.equal(one.publish("a", bytes("")), false);
  });
}

const nats = { skip: skipNetwork("nats-server"), timeout: 30_000 };

test("a bus survives a restart of its broker, on nats-server", nats, async () => {
  await using broker = await startNatsServer();
  const metrics = testMetrics();
  await using one = await open(broker, { metrics });
  await using two = await open(broker);
  const got: string[] = [];
  two.subscribe("a", (message) => void got.push(text(message.packet)));
  two.subscribe("silent", () => {});
  await settled(two);
  let reconnects = 0;
  one.onReconnect(() => {
    assert.equal(one.connected, true);
    reconnects += 1;
  });

  const lost = assert.rejects(one.request("silent", bytes(""), 60_000), DisconnectedError);
  await broker.stop();
  await lost;
  await until(() => !two.connected);
  assert.equal(one.connected, false);
  assert.equal(one.publish("a", bytes("lost")), false);
  await assert.rejects(one.request("a", bytes(""), 1000), DisconnectedError);
  await assert.rejects(one.requestMany("a", bytes(""), 1000), DisconnectedError);
  const late = collect(two, "late", 1);

  await broker.restart();
  await until(() => one.connected && two.connected);
  assert.equal(reconnects, 1);
  await settled(two);
  one.publish("a", bytes("kept"));
  one.publish("late", bytes("heard"));
  assert.deepEqual(await late, ["heard"]);
  assert.deepEqual(got, ["kept"]);
  assert.equal(await counted(metrics, "memnet_bus_dropped_total"), 3);
  assert.equal(await counted(metrics, "memnet_bus_reconnects_total"), 1);
});

test("close() closes a bus whose broker is gone, on nats-server", nats, async () => {
  await using broker = await startNatsServer();
  const bus = await open(broker);
  await broker.stop();
  await until(() => !bus.connected);
  await bus.close();
  await broker.restart();
  assert.equal(bus.connected, false);
});

for (const kind of ["socket", "nats-server"] as const) {
  test(`publish() carries a payload of 1 MiB and refuses a longer one, on ${kind}`, {
    skip: skipNetwork(kind),
    timeout: 30_000,
  }, async () => {
    await using network = await startNetwork(kind);
    await using one = await open(network);
    await using two = await open(network);
    const sent = new Uint8Array(1024 * 1024).map((_, index) => index * 31);
    const got = new Promise<Uint8Array>((resolve) =>
      two.subscribe("large", (message) => resolve(message.packet.bytes)),
    );
    await settled(two);
    assert.equal(one.publish("large", Packet.received(sent)), true);
    assert.deepEqual(await got, sent);
    assert.throws(() => one.publish("large", Packet.received(new Uint8Array(1024 * 1024 + 1))), RangeError);
  });
}
