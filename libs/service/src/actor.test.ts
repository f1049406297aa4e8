import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { messages, subjects } from "@memnet/protocol";
import { type Actor, type ActorSettings, answerStatus, sayHello, withActor } from "./actor.ts";
import type { Health } from "./health.ts";
import { listen } from "./listen.ts";
import {
  memoryNetwork,
  settled,
  skipWithout,
  startNatsServer,
  type TestNetwork,
  testActor,
  until,
} from "./testing.ts";

const forever = new AbortController().signal;

function settings({ connection }: TestNetwork, metricsPort: number | null = null): ActorSettings {
  return { connection, machine: "box", logLevel: "error", metricsPort, metricsHost: "127.0.0.1" };
}

/** Runs a trainer actor without a /metrics page. */
function acting<T>(network: TestNetwork, act: (actor: Actor) => Promise<T>): Promise<T> {
  return withActor("trainer", settings(network), forever, act);
}

async function ask(port: number, path: string): Promise<[number, string]> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: "close" } });
  return [response.status, (await response.text()).trim()];
}

function readyz({ port }: Health): Promise<[number, string]> {
  return ask(port, "/readyz");
}

test("withActor() returns its actor's result, and closes the connection even after an error", async () => {
  await using network = memoryNetwork();
  const { bus } = await acting(network, async ({ role, machine, messenger }) => {
    assert.deepEqual([role, machine, messenger.bus.connected], ["trainer", "box", true]);
    return messenger;
  });
  assert.equal(bus.connected, false);
  let failed: Actor | undefined;
  const failing = acting(network, async (actor) => {
    failed = actor;
    throw new Error("as planned");
  });
  await assert.rejects(failing, /as planned/);
  assert.equal(failed?.messenger.bus.connected, false);
});

test("withActor() serves /readyz from its actor's readiness and the connection to NATS", async () => {
  await using network = memoryNetwork();
  await withActor("trainer", settings(network, 0), forever, async (actor, health) => {
    assert.ok(health);
    assert.deepEqual(await readyz(health), [200, "ready"]);
    actor.ready = () => "waits for a run";
    assert.deepEqual(await readyz(health), [503, "waits for a run"]);
    actor.ready = () => true;
    assert.equal((await readyz(health))[0], 200);
    await network.stop();
    await until(() => !actor.messenger.bus.connected);
    assert.deepEqual(await readyz(health), [503, "not connected to NATS"]);
  });
});

test("withActor() reports that it is alive before NATS is reachable", {
  skip: skipWithout("nats-server"),
  timeout: 20_000,
}, async () => {
  await using network = await startNatsServer();
  await network.stop();
  const holder = createServer();
  const port = await listen(holder, 0, "127.0.0.1");
  await once(holder.close(), "close");
  const acting = withActor("trainer", settings(network, port), forever, async (_actor, health) => {
    assert.deepEqual(await readyz(health!), [200, "ready"]);
  });
  // The server answers as soon as it listens; until then, connections are refused.
  for (let status = 0; status !== 200; [status] = await ask(port, "/healthz").catch(() => [0])) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  // It says why as soon as a first attempt has failed.
  const unknown = "not connected to NATS";
  let answer = await ask(port, "/readyz");
  while (answer[1] === unknown) answer = await ask(port, "/readyz");
  const why = `connection refused: connect ECONNREFUSED 127.0.0.1:${network.port}`;
  assert.deepEqual(answer, [503, `${unknown}: ${why}`]);
  await network.restart();
  await acting;
});

test("withActor() forwards its log and journal to the evaluator, including the last lines", async () => {
  await using network = memoryNetwork();
  await using evaluator = await testActor(network, "evaluator");
  const heard: unknown[] = [];
  evaluator.messenger.hear(messages.log, subjects.evaluator.log, ({ run, lines, events }) => {
    heard.push([run, lines.map((line) => JSON.parse(line).message), events]);
  });
  await settled(evaluator.messenger.bus);
  await acting(network, async ({ journal, log }) => {
    journal.about("mine");
    log.info("The last words");
    journal.event("joined", { trainer: "t1" });
  });
  await settled(evaluator.messenger.bus);
  assert.deepEqual(heard, [["mine", ["The last words"], [{ event: "joined", trainer: "t1" }]]]);
});

test("an actor reports its metrics port in its hello and in its status", async () => {
  await using network = memoryNetwork();
  await using operator = await testActor(network, "operator");
  const { messenger } = operator;
  const heard: unknown[] = [];
  messenger.hear(messages.hello, subjects.hello, ({ metricsPort }) => void heard.push(metricsPort));
  await settled(messenger.bus);
  await withActor("trainer", settings(network, 0), forever, async (actor, health) => {
    sayHello(actor, () => null);
    const report = { run: null, state: "idle", waitsFor: null, waitsSeconds: null, detail: {} };
    answerStatus(actor, () => report);
    await settled(actor.messenger.bus);
    const asked = messenger.ask(messages.askStatus, messages.status, subjects.status, {}, 5000);
    assert.ok(health);
    // The answer arrives after the hello, on the same connection.
    const { fields } = await asked;
    assert.deepEqual([...heard, fields.metricsPort], [health.port, health.port]);
  });
});

test("answerStatus() answers the operator with the actor's current report", async () => {
  await using network = memoryNetwork();
  await using trainer = await testActor(network, "trainer");
  await using operator = await testActor(network, "operator");
  const report = { run: "mine", waitsFor: null, waitsSeconds: null, detail: { step: 3 } };
  let state = "training";
  answerStatus(trainer, () => ({ ...report, state }));
  await settled(trainer.messenger.bus);
  const ask = async () => {
    const { messenger } = operator;
    return (await messenger.ask(messages.askStatus, messages.status, subjects.status, {}, 5000)).fields;
  };
  const known = {
    ok: true,
    id: trainer.messenger.id,
    role: "trainer",
    machine: "box",
    metricsPort: null,
    metricsPath: "/metrics",
  };
  assert.deepEqual(await ask(), { ...known, ...report, state: "training" });
  state = "idle";
  assert.deepEqual(await ask(), { ...known, ...report, state: "idle" });
});

test("sayHello() sends hello at the start and after each reconnect", { timeout: 20_000 }, async () => {
  await using network = memoryNetwork();
  await using trainer = await testActor(network, "trainer");
  const { messenger } = trainer;
  const heard: unknown[] = [];
  // The actor receives its own hello: another actor might reconnect only after it was sent.
  messenger.hear(messages.hello, subjects.hello, (fields) => void heard.push(fields));
  let run: string | null = null;
  sayHello(trainer, () => run);
  await settled(messenger.bus);
  run = "mine";
  await network.stop();
  await until(() => !messenger.bus.connected);
  await network.restart();
  await until(() => messenger.bus.connected);
  await settled(messenger.bus);
  const hello = {
    id: messenger.id,
    role: "trainer",
    machine: "box",
    metricsPort: null,
  };
  assert.deepEqual(heard, [
    { ...hello, run: null },
    { ...hello, run: "mine" },
  ]);
});
