import assert from "node:assert/strict";
import { test } from "node:test";
import { Packet } from "@memnet/protocol";
import { DisconnectedError, NoRespondersError } from "@memnet/service";
import { Chance } from "./chance.ts";
import { calm, Network, type SimulatedBus, type Weather } from "./network.ts";
import { Process } from "./process.ts";
import { Timeline } from "./timeline.ts";

const text = (packet: Packet) => new TextDecoder().decode(packet.bytes);
const bytes = (of: string) => Packet.received(new TextEncoder().encode(of));

function scene(weather: Weather = calm) {
  const timeline = new Timeline();
  const network = new Network(timeline, new Chance(1, "network"), { published() {}, answered() {} });
  network.weather = weather;
  const bus = (id: string) => network.connectProcess(new Process(timeline, "trainer", id));
  const pass = (ms: number) => timeline.pass(() => false, timeline.now + ms);
  return { pass, bus };
}

function heard(bus: SimulatedBus, subject = "news"): string[] {
  const told: string[] = [];
  bus.subscribe(subject, ({ packet }) => told.push(text(packet)));
  return told;
}

test("Network delivers a message to every subscriber of its subject, and to one member of a queue group", async () => {
  const { bus, pass } = scene();
  const [a, b, c] = [bus("a"), bus("b"), bus("c")];
  const told = [heard(b), heard(c, "*")];
  let grouped = 0;
  for (const one of [b, c]) one.subscribe("news", () => void grouped++, { queue: "group" });
  a.publish("news", bytes("1"));
  await pass(10);
  assert.deepEqual([...told, grouped], [["1"], ["1"], 1]);
});

test("Network delivers answers, and reports if no process listens", async () => {
  const { bus, pass } = scene();
  const [a, b] = [bus("a"), bus("b")];
  b.subscribe("question", ({ packet, respond }) => void respond(bytes(`${text(packet)}!`)));
  const answer = a.request("question", bytes("what"), 100);
  const none = assert.rejects(a.request("nobody", bytes(""), 100), NoRespondersError);
  await pass(10);
  assert.equal(text(await answer), "what!");
  await none;
});

test("Network keeps the order of one sender's messages unless overtaking is allowed", async () => {
  const numbers = Array.from({ length: 40 }, (_, index) => String(index));
  for (const overtaking of [false, true]) {
    const { bus, pass } = scene({ ...calm, delayMs: [1, 50], overtaking });
    const [a, b] = [bus("a"), bus("b")];
    const told = heard(b);
    for (const number of numbers) a.publish("news", bytes(number));
    await pass(200);
    assert.deepEqual([...told].sort(), [...numbers].sort());
    assert.equal(told.join() === numbers.join(), !overtaking);
  }
});

test("Network loses and repeats messages", async () => {
  const { bus, pass } = scene({ ...calm, lost: 0.3, repeated: 0.3 });
  const [a, b] = [bus("a"), bus("b")];
  const told = heard(b);
  for (let number = 0; number < 200; number++) a.publish("news", bytes(String(number)));
  await pass(100);
  const different = new Set(told).size;
  assert.ok(different > 60 && different < 160, `${different} came`);
  assert.ok(told.length > different);
});

test("SimulatedBus.cut() loses messages under way and fails requests; reconnect() reports it", async () => {
  const { bus, pass } = scene();
  const [a, b] = [bus("a"), bus("b")];
  const told = heard(b);
  let reconnected = 0;
  b.onReconnect(() => void reconnected++);
  b.subscribe("slow", () => {});
  const asked = assert.rejects(b.request("slow", bytes(""), 1000), DisconnectedError);
  a.publish("news", bytes("under way"));
  b.cut();
  a.publish("news", bytes("nobody hears"));
  assert.equal(b.publish("news", bytes("not sent")), false);
  await pass(10);
  b.reconnect();
  a.publish("news", bytes("heard"));
  await pass(10);
  await asked;
  assert.deepEqual([told, reconnected], [["heard"], 1]);
});

test("SimulatedBus.isolated loses messages both ways without notifying either side", async () => {
  const { bus, pass } = scene();
  const [a, b] = [bus("a"), bus("b")];
  const told = [heard(a), heard(b)];
  b.isolated = true;
  assert.equal(a.publish("news", bytes("to b")), true);
  assert.equal(b.publish("news", bytes("from b")), true);
  await pass(10);
  assert.deepEqual(told, [["to b"], []]);
});
