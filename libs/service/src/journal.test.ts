import assert from "node:assert/strict";
import { test } from "node:test";
import { type Fields, messages, subjects } from "@memnet/protocol";
import { Journal } from "./journal.ts";
import type { LogLine } from "./log.ts";
import { memoryNetwork, settled, testActor, until, virtualClock } from "./testing.ts";

/** The codec's limit. */
const headerBytesMax = 256 * 1024;
type LogMessage = Fields<typeof messages.log>;

/** Creates a journal's actor, and an evaluator that receives its messages. */
async function scene() {
  const network = memoryNetwork();
  const clock = virtualClock();
  const sender = await testActor(network, "trainer", { clock });
  const evaluator = await testActor(network, "evaluator");
  const heard: LogMessage[] = [];
  let headerBytes = 0;
  const subject = subjects.evaluator.log;
  const listen = async () => {
    const { messenger } = evaluator;
    messenger.bus.subscribe(subject, ({ packet: { bytes: data } }) => {
      headerBytes = Math.max(headerBytes, new DataView(data.buffer, data.byteOffset).getUint32(0, true));
    });
    messenger.hear(messages.log, subject, (fields) => void heard.push(fields));
    await settled(messenger.bus);
  };
  await listen();
  return {
    network,
    clock,
    journal: new Journal(),
    messenger: sender.messenger,
    heard,
    lines: (run?: string) => heard.flatMap((one) => (run && one.run !== run ? [] : one.lines)),
    events: () => heard.flatMap(({ events }) => events),
    headerBytes: () => headerBytes,
    /** Resolves once everything sent so far has been received. */
    async arrived() {
      await settled(sender.messenger.bus);
      await settled(evaluator.messenger.bus);
    },
    async disconnect() {
      await network.stop();
      await until(() => !sender.messenger.bus.connected && !evaluator.messenger.bus.connected);
    },
    async reconnect() {
      await network.restart();
      await until(() => sender.messenger.bus.connected && evaluator.messenger.bus.connected);
      await settled(evaluator.messenger.bus);
    },
    async [Symbol.asyncDispose]() {
      await sender[Symbol.asyncDispose]();
      await evaluator[Symbol.asyncDispose]();
      await network.stop();
    },
  };
}

function line(message: string, fields: LogLine["fields"] = {}): LogLine {
  return { time: Date.UTC(2025, 0, 1), level: "info", service: "trainer", message, fields };
}

/** Returns the lines' messages, in the order they arrived. */
function said(lines: readonly string[]): unknown[] {
  return lines.map((text) => (text.startsWith("{") ? JSON.parse(text).message : text));
}

const numbered = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `${from + index}`);

test("Journal sends lines and events to the evaluator in order, four times a second", async () => {
  await using at = await scene();
  at.journal.about("mine");
  const stop = at.journal.start(at.messenger, at.clock);
  at.journal.line(line("one", { step: 3 }));
  at.journal.event("joined", { trainer: "t1" });
  at.journal.line(line("two"));
  at.journal.event("left", { trainer: "t1" });
  await at.arrived();
  assert.deepEqual(at.heard, []);
  at.clock.advance(250);
  at.journal.line(line("three"));
  stop();
  await at.arrived();
  assert.deepEqual(JSON.parse(at.lines()[0]!), {
    time: "2025-01-01T00:00:00.000Z",
    level: "info",
    service: "trainer",
    message: "one",
    step: 3,
  });
  assert.deepEqual(said(at.lines()), ["one", "two", "three"], "the last ones at the stop");
  assert.deepEqual(at.events(), [
    { event: "joined", trainer: "t1" },
    { event: "left", trainer: "t1" },
  ]);
  at.journal.line(line("after"));
  at.clock.advance(1000);
  await at.arrived();
  assert.equal(at.lines().length, 3);
});

test("Journal holds lines and events until start()", async () => {
  await using at = await scene();
  at.journal.about("mine");
  for (const text of numbered(3)) at.journal.line(line(text));
  at.journal.event("early", {});
  at.journal.flush();
  at.journal.start(at.messenger, at.clock);
  at.clock.advance(250);
  await at.arrived();
  assert.deepEqual(said(at.lines("mine")), ["0", "1", "2"]);
  assert.deepEqual(at.events(), [{ event: "early" }]);
});

test("Journal sends nothing that belongs to no run", async () => {
  await using at = await scene();
  at.journal.start(at.messenger, at.clock);
  at.journal.line(line("before any"));
  at.journal.event("before any", {});
  at.journal.about("mine");
  at.journal.line(line("mine"));
  at.journal.about(null);
  at.journal.line(line("between"));
  at.journal.about("next");
  at.journal.event("next", {});
  at.clock.advance(250);
  await at.arrived();
  assert.deepEqual(
    at.heard.map(({ run, lines, events }) => [run, said(lines), events.length]),
    [
      ["mine", ["mine"], 0],
      ["next", [], 1],
    ],
  );
});

test("Journal keeps each message's header within its limit, whatever the lines", {
  timeout: 30_000,
}, async () => {
  await using at = await scene();
  at.journal.start(at.messenger, at.clock);
  at.journal.about("mine");
  for (const [letter, count] of [
    ["x", 1000],
    ["€", 50],
    ["😀", 50],
    ['"', 50],
  ] as const) {
    at.heard.length = 0;
    for (const text of numbered(count)) at.journal.line(line(`${text} ${letter.repeat(65_536)}`));
    // A flush sends a few megabytes at most.
    for (let flushes = 0; flushes < count / 20; flushes++) {
      at.clock.advance(250);
      await at.arrived();
    }
    assert.equal(at.lines().length, count, letter);
    assert.ok(at.lines().every((text, index) => text.includes(`"message":"${index} `)));
  }
  assert.ok(at.headerBytes() <= headerBytesMax);
});

test("Journal keeps each message's header within its limit, whatever the events", async () => {
  await using at = await scene();
  at.journal.start(at.messenger, at.clock);
  at.journal.about("mine");
  for (const index of numbered(300)) {
    at.journal.event("not-finite", { index, microBatches: Array(1000).fill(0.5), note: "€".repeat(2000) });
    at.journal.line(line(index + "€".repeat(3000)));
  }
  at.journal.event("huge", { microBatches: Array.from({ length: 200_000 }, (_, index) => index) });
  at.journal.event("last", {});
  for (let flushes = 0; flushes < 4; flushes++) at.journal.flush();
  await at.arrived();
  assert.deepEqual(
    at.events().map(({ event, index }) => index ?? event),
    [...numbered(300), "huge", "last"],
    "one that is too long by itself is cut, not lost",
  );
  assert.equal(at.lines().length, 300);
  assert.ok(at.headerBytes() <= headerBytesMax);
});

test("Journal loses nothing recorded while disconnected, up to its limit", {
  timeout: 20_000,
}, async () => {
  await using at = await scene();
  at.journal.start(at.messenger, at.clock);
  at.journal.about("mine");
  await at.disconnect();
  for (const text of numbered(1000)) {
    at.journal.line(line(text));
    at.journal.event(text, {});
    at.clock.advance(250);
  }
  await at.reconnect();
  at.clock.advance(250);
  await at.arrived();
  assert.deepEqual(said(at.lines()), numbered(1000));
  assert.deepEqual(
    at.events().map(({ event }) => event),
    numbered(1000),
  );
});

test("Journal drops the oldest items beyond its limit, and one line counts them all", {
  timeout: 20_000,
}, async () => {
  await using at = await scene();
  at.journal.start(at.messenger, at.clock);
  at.journal.about("mine");
  await at.disconnect();
  for (const text of numbered(1500)) {
    at.journal.line(line(text));
    at.clock.advance(250);
  }
  for (const text of numbered(1010)) at.journal.event(text, {});
  await at.reconnect();
  at.clock.advance(250);
  await at.arrived();
  assert.deepEqual(said(at.lines()), [
    "(500 lines and 10 events were given up while NATS was away)",
    ...numbered(1000, 500),
  ]);
  assert.deepEqual(
    at.events().map(({ event }) => event),
    numbered(1000, 10),
  );
});

test("Journal sends each run its own lines and events, even after a NATS outage", {
  timeout: 20_000,
}, async () => {
  await using at = await scene();
  at.journal.start(at.messenger, at.clock);
  at.journal.about("first");
  await at.disconnect();
  at.journal.line(line("of the first"));
  at.journal.event("of the first", {});
  at.journal.about("second");
  at.journal.line(line("of the second"));
  at.journal.about(null);
  await at.reconnect();
  at.clock.advance(250);
  await at.arrived();
  assert.deepEqual(
    at.heard.map(({ run, lines, events }) => [run, said(lines), events.length]),
    [
      ["first", ["of the first"], 1],
      ["second", ["of the second"], 0],
    ],
  );
});
