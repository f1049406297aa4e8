import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { Packet, subjects } from "@memnet/protocol";
import { until } from "../testing.ts";
import { type Bus, NoRespondersError } from "./bus.ts";
import { joinAsLeaf } from "./leaf.ts";
import { MemoryNetwork } from "./memory.ts";
import { serveSocket } from "./socket.ts";

const packet = (text: string) => Packet.received(new TextEncoder().encode(text));
const text = ({ bytes }: Packet) => new TextDecoder().decode(bytes);

/** A served network, and two leaves of it. */
async function networks(context: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "memnet-leaf-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "socket");
  const whole = new MemoryNetwork({ isLocal: false });
  const served = await serveSocket(whole, path);
  context.after(() => served[Symbol.asyncDispose]());
  const [one, other] = [await joinAsLeaf(path), await joinAsLeaf(path)];
  return { whole, one, other, served };
}

/** Records what a bus hears on a subject. */
function heardBy(bus: Bus, subject: string): string[] {
  const heard: string[] = [];
  bus.subscribe(subject, (message) => void heard.push(text(message.packet)));
  return heard;
}

/** Answers requests with a word of its own. */
function answering(bus: Bus, subject: string, word: string, queue?: string): void {
  bus.subscribe(
    subject,
    (message) => void message.respond(packet(word)),
    queue === undefined ? {} : { queue },
  );
}

/** Asks until as many answer as wanted. */
async function answered(asker: Bus, subject: string, wanted: number): Promise<void> {
  while ((await asker.requestMany(subject, packet(""), 20)).length !== wanted) await setTimeout(5);
}

/** Waits until the served network knows what the leaf has subscribed to before. */
async function known(leaf: Bus, whole: Bus): Promise<void> {
  const subject = `known.${leaf.id}`;
  const told = leaf.subscribe(subject, (message) => void message.respond(packet("yes")));
  await answered(whole, subject, 1);
  told.stop();
}

test("messages between actors of a leaf stay in it, as the very packets", async (context) => {
  const { whole, one, other } = await networks(context);
  const [sender, receiver, elsewhere] = [one, one, other].map((network) =>
    network.connect({ role: "trainer" }),
  );
  const outside = heardBy(whole.connect({ role: "operator" }), "work");
  const further = heardBy(elsewhere!, "work");
  const got: Packet[] = [];
  receiver!.subscribe("work", (message) => void got.push(message.packet));
  await known(elsewhere!, whole.connect({ role: "operator" }));
  const sent = packet("a");
  sender!.publish("work", sent);
  await known(receiver!, whole.connect({ role: "operator" }));
  assert.equal(got[0], sent);
  assert.deepEqual([got.length, outside, further], [1, [], []]);
});

test("messages that nobody in the leaf hears go to the network, and to its other leaves", async (context) => {
  const { whole, one, other } = await networks(context);
  const evaluator = whole.connect({ role: "evaluator" });
  const heard = heardBy(evaluator, "kept");
  const further = heardBy(other.connect({ role: "trainer" }), "kept");
  await known(other.connect({ role: "trainer" }), evaluator);
  one.connect({ role: "coordinator" }).publish("kept", packet("a"));
  await until(() => heard.length > 0 && further.length > 0);
  assert.deepEqual([heard, further], [["a"], ["a"]]);
});

test("what is for all actors reaches each of them once, wherever it comes from", async (context) => {
  const { whole, one, other } = await networks(context);
  const buses = [one, one, other, whole].map((network) => network.connect({ role: "trainer" }));
  const heard = buses.map((bus) => heardBy(bus, subjects.hello));
  for (const bus of buses.slice(0, 3)) await known(bus, buses[3]!);
  for (const [index, bus] of buses.entries()) bus.publish(subjects.hello, packet(String(index)));
  await until(() => heard.every((all) => all.length >= 4));
  for (const all of heard) assert.deepEqual(all.toSorted(), ["0", "1", "2", "3"]);
});

test("requests are answered within the leaf, else by the network, and else are unheard at once", async (context) => {
  const { whole, one, other } = await networks(context);
  const [asker, near, far] = [one, one, other].map((network) => network.connect({ role: "trainer" }));
  const evaluator = whole.connect({ role: "evaluator" });
  answering(evaluator, "open", "evaluator");
  answering(near!, "batch", "near", "makers");
  answering(far!, "batch", "far", "makers");
  answering(far!, "only", "far");
  await known(far!, evaluator);
  for (let again = 0; again < 10; again++)
    assert.equal(text(await asker!.request("batch", packet(""), 5000)), "near");
  assert.equal(text(await asker!.request("open", packet(""), 5000)), "evaluator");
  assert.equal(text(await asker!.request("only", packet(""), 5000)), "far");
  await assert.rejects(asker!.request("nobody", packet(""), 60_000), NoRespondersError);
  assert.equal(text(await evaluator.request("only", packet(""), 5000)), "far");
});

test("a leaf's subscriptions end in the network too, and its loss is told", async (context) => {
  const { whole, one, served } = await networks(context);
  const asker = whole.connect({ role: "operator" });
  const bus = one.connect({ role: "trainer" });
  const subscription = bus.subscribe("work", (message) => void message.respond(packet("done")));
  await answered(asker, "work", 1);
  subscription.stop();
  await answered(asker, "work", 0);
  await served[Symbol.asyncDispose]();
  await one.lost;
});
