import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { answerStatus, serveSharedHealth, silentLog } from "@memnet/service";
import { memoryNetwork, testActor } from "@memnet/service/testing";
import { Attendance, type Served } from "./attendance.ts";
import { targetGroups, targetsPage } from "./targets.ts";

function served(id: string, more: Partial<Served> = {}): Served {
  return {
    id,
    role: "trainer",
    machine: "box",
    metricsPort: 1000 + id.charCodeAt(0),
    metricsPath: "/metrics",
    ...more,
  };
}

test("targetGroups() lists this machine by the requested address, and others by name", () => {
  const actors = [
    served("a", { metricsPort: 9001 }),
    served("b", { metricsPort: 9002, machine: "gpu-1", role: "coordinator" }),
    served("c", { metricsPort: null }),
    served("d", { machine: "no host/at all" }),
  ];
  assert.deepEqual(targetGroups(actors, "box", "10.0.0.7"), [
    { targets: ["10.0.0.7:9001"], labels: { service: "trainer", machine: "box" } },
    { targets: ["gpu-1:9002"], labels: { service: "coordinator", machine: "gpu-1" } },
  ]);
  const first = (address: string) => targetGroups(actors, "box", address)[0]!.targets;
  assert.deepEqual(first("::ffff:10.0.0.7"), ["10.0.0.7:9001"]);
  assert.deepEqual(first("fd00::7"), ["[fd00::7]:9001"]);
});

test("targetGroups() tells actors that share a port apart by their paths", () => {
  const one = { metricsPort: 9001, metricsPath: "/metrics/trainer-1" };
  const actors = [served("a", { ...one, metricsPath: "/metrics/trainer-2" }), served("b", one)];
  const labels = { service: "trainer", machine: "box" };
  const group = (path: string) => ({
    targets: ["127.0.0.1:9001"],
    labels: { ...labels, __metrics_path__: path, instance: `127.0.0.1:9001${path}` },
  });
  const expected = ["/metrics/trainer-1", "/metrics/trainer-2"].map(group);
  assert.deepEqual(targetGroups(actors, "box", "127.0.0.1"), expected);
  assert.deepEqual(targetGroups([served("c", { metricsPath: "no path" })], "box", "127.0.0.1"), []);
});

test("targetsPage() asks all actors, and omits those that are gone", async () => {
  await using network = memoryNetwork();
  await using evaluator = await testActor(network, "evaluator");
  await using trainer = await testActor(network, "trainer");
  const idle = { run: null, state: "idle", waitsFor: null, waitsSeconds: null, detail: {} };
  for (const [index, actor] of [evaluator, trainer].entries()) {
    actor.metricsPort = 9001 + index;
    answerStatus(actor, () => idle);
  }
  const page = targetsPage(new Attendance(evaluator), evaluator.machine);
  const services = async () => {
    const groups: { labels: { service: string } }[] = JSON.parse((await page("127.0.0.1")).text);
    return groups.map(({ labels }) => labels.service);
  };
  assert.deepEqual(await services(), ["evaluator", "trainer"]);
  await trainer.messenger.bus.close();
  for (let asked = 0; asked < 2; asked++) assert.deepEqual(await services(), ["evaluator", "trainer"]);
  assert.deepEqual(await services(), ["evaluator"]);
});

test("Attendance keeps a service that is cut off as long as its port says so, and tells why", async () => {
  await using network = memoryNetwork();
  await using evaluator = await testActor(network, "evaluator");
  await using trainer = await testActor(network, "trainer");
  trainer.metricsPort = 9002;
  const idle = { run: null, state: "idle", waitsFor: null, waitsSeconds: null, detail: {} };
  answerStatus(trainer, () => idle);
  let why: string | null = "NATS does not let in the user trainer";
  let asked = 0;
  const attendance = new Attendance(evaluator, async ({ id }) => {
    asked += 1;
    return id === trainer.messenger.id ? why : null;
  });
  await attendance.look();
  await trainer.messenger.bus.close();
  for (let looks = 0; looks < 2; looks++) await attendance.look();
  assert.deepEqual([attendance.cutOff, asked], [[], 0], "it may only be busy");
  for (let looks = 0; looks < 3; looks++) await attendance.look();
  assert.deepEqual(
    attendance.cutOff.map(({ role, machine, why }) => [role, machine, why]),
    [["trainer", "box", "NATS does not let in the user trainer"]],
  );
  assert.deepEqual(
    attendance.served.map(({ role }) => role),
    ["trainer"],
  );
  why = null;
  await attendance.look();
  assert.deepEqual([attendance.cutOff, attendance.served], [[], []], "its process has ended");
});

test("Attendance asks a service's /readyz, and believes only that it is not connected to NATS", {
  timeout: 60_000,
}, async () => {
  await using network = memoryNetwork();
  await using evaluator = await testActor(network, "evaluator");
  await using trainer = await testActor(network, "trainer");
  let ready: string | boolean = "not connected to NATS: the certificate of NATS has expired";
  await using health = await serveSharedHealth({ port: 0, metrics: trainer.metrics, log: silentLog });
  health.add("/metrics/trainer", trainer.metrics, () => ready);
  trainer.metricsPort = health.port;
  const idle = { run: null, state: "idle", waitsFor: null, waitsSeconds: null, detail: {} };
  answerStatus(trainer, () => idle);
  const attendance = new Attendance(evaluator);
  // A busy machine may answer late.
  const says = async (...wanted: string[]) => {
    for (;;) {
      await attendance.look();
      if (
        isDeepStrictEqual(
          attendance.cutOff.map(({ why }) => why),
          wanted,
        )
      )
        return;
    }
  };
  await says();
  await trainer.messenger.bus.close();
  await says("the certificate of NATS has expired");
  ready = "not connected to NATS";
  await says("not connected to NATS");
  ready = "Waiting for the evaluator";
  await says();
});
