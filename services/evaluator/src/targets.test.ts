import assert from "node:assert/strict";
import { test } from "node:test";
import { answerStatus } from "@memnet/service";
import { startTestBroker, testActor } from "@memnet/service/testing";
import { Roll, type Served, targetsPage } from "./targets.ts";

function served(id: string, more: Partial<Served> = {}): Served {
  return { id, role: "trainer", machine: "box", metricsPort: 1000 + id.charCodeAt(0), ...more };
}

function addresses(roll: Roll, address = "127.0.0.1"): string[] {
  return roll.groups("box", address).flatMap(({ targets }) => targets);
}

test("Roll lists who serves metrics: this machine by the address that was asked, others by name", () => {
  const roll = new Roll();
  roll.answered([
    served("a", { metricsPort: 9001 }),
    served("b", { metricsPort: 9002, machine: "gpu-1", role: "coordinator" }),
    served("c", { metricsPort: null }),
    served("d", { machine: "no host/at all" }),
  ]);
  assert.deepEqual(roll.groups("box", "10.0.0.7"), [
    { targets: ["10.0.0.7:9001"], labels: { service: "trainer", machine: "box" } },
    { targets: ["gpu-1:9002"], labels: { service: "coordinator", machine: "gpu-1" } },
  ]);
  assert.deepEqual(addresses(roll, "::ffff:10.0.0.7")[0], "10.0.0.7:9001");
  assert.deepEqual(addresses(roll, "fd00::7")[0], "[fd00::7]:9001");
});

test("Roll keeps one that did not answer twice, and forgets it the third time", () => {
  const roll = new Roll();
  roll.answered([served("a"), served("b")]);
  roll.answered([served("b")]);
  roll.answered([served("b")]);
  assert.deepEqual(addresses(roll), ["127.0.0.1:1097", "127.0.0.1:1098"]);
  roll.answered([served("a"), served("b")]);
  roll.answered([]);
  roll.answered([]);
  assert.equal(addresses(roll).length, 2);
  roll.answered([served("b")]);
  assert.deepEqual(addresses(roll), ["127.0.0.1:1098"]);
});

test("targetsPage() asks everybody, and leaves out who is gone", async () => {
  await using broker = await startTestBroker("embedded");
  await using evaluator = await testActor(broker, "evaluator");
  await using trainer = await testActor(broker, "trainer");
  const idle = { run: null, state: "idle", waitsFor: null, waitsSeconds: null, detail: {} };
  for (const [index, actor] of [evaluator, trainer].entries()) {
    actor.metricsPort = 9001 + index;
    answerStatus(actor, () => idle);
  }
  const page = targetsPage(evaluator);
  const services = async () => {
    const groups: { labels: { service: string } }[] = JSON.parse((await page("127.0.0.1")).text);
    return groups.map(({ labels }) => labels.service);
  };
  assert.deepEqual(await services(), ["evaluator", "trainer"]);
  await trainer.messenger.bus.close();
  for (let asked = 0; asked < 2; asked++) assert.deepEqual(await services(), ["evaluator", "trainer"]);
  assert.deepEqual(await services(), ["evaluator"]);
});
