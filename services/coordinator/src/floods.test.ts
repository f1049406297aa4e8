import assert from "node:assert/strict";
import { test } from "node:test";
import { type Fields, messages, subjects } from "@memnet/protocol";
import { counted, memoryNetwork, settled, testActor, virtualClock } from "@memnet/service/testing";
import type { Event } from "./core/events.ts";
import { Herald } from "./herald.ts";
import { Mailbox } from "./mailbox.ts";
import { smallConfig } from "./small.testing.ts";

const fields = { run: "mine", epoch: 3, trainingHash: "0".repeat(64) };
const run = subjects.run(fields.run);

/** A coordinator, and a stranger whose messages flood it. */
async function scene() {
  const network = memoryNetwork();
  const clock = virtualClock();
  const coordinator = await testActor(network, "coordinator", { clock });
  const stranger = await testActor(network, "trainer");
  return {
    clock,
    coordinator,
    stranger,
    rejected: (kind: string, reason: string) =>
      counted(coordinator.metrics, "memnet_messages_rejected_total", { kind, reason }),
    async [Symbol.asyncDispose]() {
      await coordinator[Symbol.asyncDispose]();
      await stranger[Symbol.asyncDispose]();
    },
  };
}

test("Herald answers 20,000 hellos with one announcement each tenth of a second", async () => {
  await using world = await scene();
  const { coordinator, stranger, clock } = world;
  let announced = 0;
  stranger.messenger.hear(messages.announce, subjects.announce, () => announced++);
  await settled(stranger.messenger.bus);
  const bulletin = {
    ...{ state: "training" as const, step: 1, skipped: 0, fingerprint: null, trainers: 0, loss: null },
    ...{ stepsPerSecond: 0, waitsFor: null },
  };
  const joinable = true;
  const herald = new Herald(
    coordinator,
    { fields, config: smallConfig(), joinable },
    () => bulletin,
    "training",
  );
  const announcing = herald.start();
  await settled(stranger.messenger.bus);
  announced = 0;
  for (let number = 0; number < 20_000; number++) {
    const hello = {
      id: `t${number}`,
      role: "trainer" as const,
      machine: "box",
      run: null,
      metricsPort: null,
    };
    stranger.messenger.send(messages.hello, subjects.hello, hello);
  }
  await settled(stranger.messenger.bus);
  assert.equal(announced, 1, "at once");
  clock.advance(150);
  await settled(stranger.messenger.bus);
  assert.equal(announced, 2, "and once for those that came later");
  assert.equal(await world.rejected("hello", "RATE"), 16_000, "beyond what a cluster can say at once");
  announcing.stop();
});

test("Mailbox bounds a trainer's heartbeats, and not those of others, even if the flood is in their names", async () => {
  await using world = await scene();
  const events: Event[] = [];
  const dispatch = (event: Event) => void events.push(event);
  const hearing = new Mailbox({ actor: world.coordinator, fields, gradientBytes: 4, dispatch }).open();
  await settled(world.coordinator.messenger.bus);
  const own = "0".repeat(32);
  const beat = (trainer: string, secret = own) =>
    world.stranger.messenger.send(messages.heartbeat, run.heartbeat, {
      ...fields,
      ...{ trainer, secret, machine: "box", step: 1, nodes: [] },
    });
  for (let number = 0; number < 1000; number++) {
    beat("flood");
    beat("honest", "1".repeat(32));
  }
  beat("honest");
  await settled(world.stranger.messenger.bus);
  const heard = (trainer: string) =>
    events.filter((event) => event.kind === "heartbeat" && event.trainer === trainer && event.secret === own)
      .length;
  assert.deepEqual([heard("flood"), heard("honest")], [40, 1]);
  assert.equal(await world.rejected("heartbeat", "RATE"), 960 + 960);
  for (const one of hearing) one.stop();
});

test("Mailbox refuses joins beyond those of a large cluster, so that no flood draws parameters without end", async () => {
  await using world = await scene();
  let admitted = 0;
  const mailbox = new Mailbox({
    ...{ actor: world.coordinator, fields, gradientBytes: 4 },
    dispatch(event) {
      if (event.kind !== "join") return;
      admitted++;
      queueMicrotask(() => mailbox.answer(event.token, { ok: false, code: "NOT_YET", message: "later" }));
    },
  });
  const hearing = mailbox.open();
  await settled(world.coordinator.messenger.bus);
  const question = (trainer: string): Fields<typeof messages.join> => ({
    ...fields,
    ...{ trainer, secret: "0".repeat(32), machine: "box", engine: "wasm", batch: "1".repeat(64) },
    fingerprints: ["0".repeat(64), "0".repeat(64)],
  });
  const codes = new Map<string, number>();
  for (let number = 0; number < 2000; number++) {
    await world.stranger.messenger
      .ask(messages.join, messages.joined, run.join, question(`t${number}`), 5000)
      .catch(({ code }) => codes.set(code, (codes.get(code) ?? 0) + 1));
  }
  assert.equal(admitted, 1024);
  assert.deepEqual(Object.fromEntries(codes), { NOT_YET: 1024, BUSY: 976 });
  for (const one of hearing) one.stop();
});
