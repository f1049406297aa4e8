import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { covers, Packet, subjects } from "@memnet/protocol";
import { until, virtualClock } from "../testing.ts";
import { type Bus, NoRespondersError } from "./bus.ts";
import { Gateway } from "./gateway.ts";
import { joinAsLeaf } from "./leaf.ts";
import { MemoryNetwork } from "./memory.ts";
import { serveSocket } from "./socket.ts";

const packet = (text: string) => Packet.received(new TextEncoder().encode(text));
const text = ({ bytes }: Packet) => new TextDecoder().decode(bytes);
const run = subjects.run("mine");

/** A cluster's bus, and a worker's network behind a gateway. */
function scene() {
  const cluster = new MemoryNetwork();
  const clock = virtualClock();
  const gateway = new Gateway(cluster.connect({ role: "worker" }), clock);
  const evaluator = cluster.connect({ role: "evaluator" });
  const elsewhere = cluster.connect({ role: "coordinator" });
  return { cluster, clock, gateway, evaluator, elsewhere };
}

function heardBy(bus: Bus, subject: string): string[] {
  const heard: string[] = [];
  bus.subscribe(subject, (message) => void heard.push(text(message.packet)));
  return heard;
}

function answering(bus: Bus, subject: string, word: string): void {
  bus.subscribe(subject, (message) => void message.respond(packet(`${text(message.packet)} ${word}`)));
}

test("what the actors of a run say to each other stays behind the gateway", async () => {
  const { gateway, elsewhere, cluster } = scene();
  const [coordinator, trainer] = [
    gateway.connect({ role: "coordinator" }),
    gateway.connect({ role: "trainer" }),
  ];
  const outside = [heardBy(elsewhere, run.join), heardBy(cluster.connect({ role: "trainer" }), run.step)];
  const inside = [heardBy(coordinator, run.join), heardBy(trainer, run.step)];
  trainer.publish(run.join, packet("join"));
  coordinator.publish(run.step, packet("step"));
  // Nobody inside listens, and the worker may not say it outside.
  trainer.publish(run.result, packet("result"));
  elsewhere.publish(run.join, packet("join from elsewhere"));
  await setImmediate();
  assert.deepEqual(
    [inside, outside],
    [
      [["join"], ["step"]],
      [["join from elsewhere"], []],
    ],
  );
  await assert.rejects(trainer.request(subjects.batch, packet(""), 1000), NoRespondersError);
});

test("a request to the evaluator is answered through the gateway, or refused if none is there", async () => {
  const { gateway, evaluator } = scene();
  const coordinator = gateway.connect({ role: "coordinator" });
  const { open, snapshot } = subjects.evaluator;
  answering(evaluator, open, "granted");
  assert.equal(text(await coordinator.request(open, packet("mine"), 1000)), "mine granted");
  await assert.rejects(coordinator.request(snapshot, packet(""), 1000), NoRespondersError);
});

test("a request from outside is answered by each actor behind the gateway that listens", async () => {
  const { gateway, evaluator, cluster } = scene();
  const [one, other] = [gateway.connect({ role: "coordinator" }), gateway.connect({ role: "coordinator" })];
  answering(one, subjects.holder(one.id), "one");
  answering(one, subjects.status, "one");
  answering(other, subjects.status, "other");
  assert.equal(text(await evaluator.request(subjects.holder(one.id), packet("?"), 1000)), "? one");
  const answers = await evaluator.requestMany(subjects.status, packet("?"), 20);
  assert.deepEqual(answers.map(text).sort(), ["? one", "? other"]);
  const operator = cluster.connect({ role: "operator" });
  await assert.rejects(operator.request(run.stop, packet(""), 1000), NoRespondersError);
  answering(other, run.stop, "stopped");
  assert.equal(text(await operator.request(run.stop, packet("mine"), 1000)), "mine stopped");
  await other.close();
  await assert.rejects(operator.request(run.stop, packet(""), 1000), NoRespondersError);
});

test("what is for all actors goes both ways", async () => {
  const { gateway, evaluator, elsewhere } = scene();
  const [coordinator, trainer] = [
    gateway.connect({ role: "coordinator" }),
    gateway.connect({ role: "trainer" }),
  ];
  const inside = heardBy(trainer, subjects.announce);
  const outside = heardBy(elsewhere, subjects.announce);
  const hellos = heardBy(coordinator, subjects.hello);
  coordinator.publish(subjects.announce, packet("mine"));
  elsewhere.publish(subjects.announce, packet("other"));
  evaluator.publish(subjects.hello, packet("evaluator"));
  await setImmediate();
  assert.ok(inside.includes("mine") && inside.includes("other"), inside.join());
  assert.ok(outside.includes("mine"), outside.join());
  assert.deepEqual(hellos, ["evaluator"]);
});

test("an answer that comes minutes late finds nobody", async () => {
  const { gateway, evaluator, clock } = scene();
  const coordinator = gateway.connect({ role: "coordinator" });
  const asked: (() => boolean)[] = [];
  const subject = subjects.holder(coordinator.id);
  coordinator.subscribe(subject, ({ respond }) => void asked.push(() => respond(packet("late"))));
  const question = () => evaluator.request(subject, packet("?"), 60_000);
  const first = question();
  first.catch(() => {});
  await until(() => asked.length === 1);
  clock.advance(5 * 60_000);
  const second = question();
  await until(() => asked.length === 2);
  asked[0]!();
  asked[1]!();
  assert.equal(text(await second), "late");
  await evaluator.close();
  await assert.rejects(first, { code: "DISCONNECTED" });
});

test("a process joins a gateway's network as a leaf, and reaches the cluster's evaluator", async (context: TestContext) => {
  const { gateway, evaluator } = scene();
  const folder = mkdtempSync(join(tmpdir(), "memnet-gateway-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const served = await serveSocket(gateway, join(folder, "socket"));
  context.after(() => served[Symbol.asyncDispose]());
  const leaf = await joinAsLeaf(join(folder, "socket"));
  const coordinator = leaf.connect({ role: "coordinator" });
  answering(evaluator, subjects.evaluator.open, "granted");
  answering(coordinator, subjects.holder(coordinator.id), "here");
  assert.equal(
    text(await coordinator.request(subjects.evaluator.open, packet("mine"), 1000)),
    "mine granted",
  );
  assert.equal(text(await evaluator.request(subjects.holder(coordinator.id), packet("?"), 1000)), "? here");
  await assert.rejects(coordinator.request(subjects.evaluator.state, packet(""), 1000), NoRespondersError);
});

test("covers() compares a pattern with subjects and with narrower patterns", () => {
  for (const [pattern, subject, wanted] of [
    ["a.b", "a.b", true],
    ["a.*", "a.b", true],
    ["a.*", "a.*", true],
    ["a.b", "a.*", false],
    ["a.*", "a.b.c", false],
    ["a.>", "a.b.c", true],
    ["a.>", "a", false],
    ["a.*", "a.>", false],
  ] as const)
    assert.equal(covers(pattern, subject), wanted, `${pattern} and ${subject}`);
});
