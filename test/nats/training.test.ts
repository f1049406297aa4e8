/** The whole system with each role's own user, over TLS and on several servers: the same bits, and nothing refused. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { messages, type Role, subjects } from "@memnet/protocol";
import { connectBus, createMetrics, listen, openQueue, readSettings, silentLog } from "@memnet/service";
import { skipWithout, startNatsServer, type TestBroker } from "@memnet/service/testing";
import { bitsOf, Cluster, flagsOf, memnet, smallSettings } from "../integration/cluster.testing.ts";
import { clientEnvironment, copyNats, makeCertificates, startSecured } from "./secured.testing.ts";

const skip = skipWithout("nats-server") || skipWithout("openssl");
const run = promisify(execFile);

/** Parameters of 740 kB, so that parameters, gradients and checkpoints are all pulled. */
const settings = { ...smallSettings, controller: { hidden: 200 } } as const;

/** Long enough for events to happen during the run, with few checkpoints. */
const longer = { ...settings, steps: 200, checkpointEvery: 50, evaluateEvery: 100 };

/** From two trainers on, one of them adds up the gradients of both. */
const branched = "--set=branchesFrom=2";

/** Trains with two trainers as the roles' users. @returns the parameters' SHA-256 */
async function trained(cluster: Cluster, name: string): Promise<string> {
  cluster.spawn("evaluator");
  cluster.spawn("data-env");
  for (const _ of [1, 2]) cluster.spawn("trainer");
  await cluster.idleTrainers(2);
  cluster.spawn("coordinator", `--run=${name}`, ...flagsOf(settings), branched);
  await cluster.until(({ run, state }) => run === name && state === "ended");
  return cluster.sha256(name);
}

/** A metric of each connected actor: the sum of the lines that begin so. */
async function metricOf(cluster: Cluster, name: string): Promise<Record<string, number>> {
  const { askStatus, status } = messages;
  const actors = await cluster.messenger.askAll(askStatus, status, subjects.status, {}, 1000);
  const counts = actors.map(async ({ role, id, metricsPort }) => {
    const page = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    assert.ok(page.includes(`# TYPE ${name.split("{")[0]} `), page);
    const lines = page.split("\n").filter((line) => line.startsWith(name));
    return [`${role} ${id}`, lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0)] as const;
  });
  return Object.fromEntries(await Promise.all(counts));
}

/** The number of NATS's refusals to each connected actor. */
function serverErrors(cluster: Cluster): Promise<Record<string, number>> {
  return metricOf(cluster, "memnet_bus_server_errors_total");
}

test("a run as the roles' users gives the same bits, and NATS refuses nothing", { skip }, async () => {
  await using cluster = await Cluster.on(await startSecured(), clientEnvironment);
  assert.equal(await trained(cluster, "guarded"), await bitsOf(settings));
  const joined = (await cluster.metrics("guarded")).filter(({ event }) => event === "joined");
  assert.equal(joined.length, 2, cluster.told());

  // The operator's own commands, as its user; the run resumes from the evaluator's checkpoint, and is stopped.
  const env = {
    ...process.env,
    ...cluster.env,
    ...clientEnvironment("operator"),
  };
  const operate = async (...args: string[]) =>
    (await run(process.execPath, [memnet, ...args], { env })).stdout;
  const begins = cluster.until(({ run, step }) => run === "guarded" && step > 12);
  const again = cluster.coordinate("guarded", ...flagsOf({ ...settings, steps: 100_000 }), branched);
  await begins;
  const status = await operate("status");
  for (const role of ["coordinator", "evaluator", "data-env", "trainer"])
    assert.match(status, new RegExp(`^${role} `, "m"));
  assert.match(await operate("runs"), /^guarded /m);
  const errors = await serverErrors(cluster);
  assert.equal(Object.keys(errors).length, 6, cluster.told());
  assert.deepEqual([...new Set(Object.values(errors))], [0], cluster.told());
  const parts = await metricOf(cluster, 'memnet_messages_total{kind="part"');
  const heard = Object.entries(parts).filter(([, count]) => count > 0);
  const roles = heard.map(([actor]) => actor.split(" ")[0]).sort();
  // The coordinator of the first start is still there.
  const pairs = ["coordinator", "coordinator", "trainer", "trainer"];
  assert.deepEqual(roles, pairs, JSON.stringify(parts));
  const addends = await metricOf(cluster, 'memnet_messages_total{kind="addend",direction="in"');
  assert.ok(
    Object.values(addends).some((count) => count > 0),
    JSON.stringify(addends),
  );
  await operate("stop", "guarded");
  assert.equal(await cluster.exit(again), 4, cluster.told());
  assert.equal((await readFile(join(cluster.runsDir, "guarded", "state"), "utf8")).includes("stopped"), true);
});

test("a run over TLS gives the same bits", { skip }, async () => {
  using files = makeCertificates();
  const broker = await startSecured("tls.conf", {
    NATS_TLS_CERT_FILE: files.cert,
    NATS_TLS_KEY_FILE: files.key,
  });
  const tls = { NATS_URL: `tls://127.0.0.1:${broker.port}`, NATS_CA_FILE: files.ca };
  await using cluster = await Cluster.on(broker, (role) => ({ ...clientEnvironment(role), ...tls }));
  assert.equal(await trained(cluster, "sealed"), await bitsOf(settings));
  assert.deepEqual([...new Set(Object.values(await serverErrors(cluster)))], [0], cluster.told());
});

test("a server with an untrusted certificate, or without one, is not believed", {
  skip,
}, async () => {
  using files = makeCertificates();
  const secured = { NATS_TLS_CERT_FILE: files.cert, NATS_TLS_KEY_FILE: files.key };
  await using broker = await startSecured("tls.conf", secured);
  await using plain = await startSecured();
  const cases: [port: number, host: string, env: Record<string, string>, RegExp][] = [
    [broker.port, "127.0.0.1", {}, /certificate/],
    [broker.port, "127.0.0.1", { NATS_CA_FILE: files.otherCa }, /certificate/],
    [broker.port, "localhost", { NATS_CA_FILE: files.ca }, /does not match.*localhost/],
    [plain.port, "127.0.0.1", { NATS_CA_FILE: files.ca }, /does not support 'tls'/],
  ];
  for (const [port, host, env, why] of cases) {
    const { nats } = readSettings({
      NATS_URL: `tls://${host}:${port}`,
      ...env,
      ...clientEnvironment("operator"),
    });
    const metrics = createMetrics({ service: "test", processMetrics: false });
    const connecting = connectBus({
      ...nats,
      role: "operator",
      log: silentLog,
      metrics,
      connectTimeoutMs: 1000,
    });
    await assert.rejects(connecting, why);
  }
});

test("a server that asks for certificates gets the client's own", { skip }, async () => {
  using files = makeCertificates();
  using nats = copyNats();
  const path = nats.at("tls.conf");
  const text = await readFile(path, "utf8");
  const asking = text.replace("# ca_file", "ca_file").replace("# verify", "verify");
  assert.notEqual(asking, text);
  await writeFile(path, asking);
  await using broker = await startNatsServer(["-c", path, "-m", "-1"], {
    ...process.env,
    NATS_TLS_CERT_FILE: files.cert,
    NATS_TLS_KEY_FILE: files.key,
    NATS_TLS_CA_FILE: files.ca,
  });
  const connected = async (env: Record<string, string>) => {
    const url = { NATS_URL: `tls://127.0.0.1:${broker.port}`, NATS_CA_FILE: files.ca };
    const { nats } = readSettings({ ...url, ...clientEnvironment("operator"), ...env });
    const metrics = createMetrics({ service: "test", processMetrics: false });
    const bus = await connectBus({
      ...nats,
      role: "operator",
      log: silentLog,
      metrics,
      connectTimeoutMs: 3000,
    });
    await bus.close();
  };
  await assert.rejects(connected({}), { name: "ConnectTimeoutError" });
  await connected({ NATS_CERT_FILE: files.cert, NATS_KEY_FILE: files.key });
  assert.throws(
    () => readSettings({ NATS_URL: "tls://a", NATS_CERT_FILE: files.cert, NATS_KEY_FILE: files.cert }),
    /NATS_KEY_FILE: it must name a PEM file that can be read and holds the private key of NATS_CERT_FILE/,
  );
});

test("a service with another role's user reports it in its log, its readiness and its status", {
  skip,
}, async () => {
  await using cluster = await Cluster.on(await startSecured(), (role) =>
    clientEnvironment(role === "trainer" ? "data-env" : role),
  );
  cluster.spawn("trainer");
  const { askStatus, status } = messages;
  const ask = async () => (await cluster.messenger.askAll(askStatus, status, subjects.status, {}, 100))[0];
  const why = /^Cannot subscribe to \S+: NATS does not let the user data-env do it$/;
  let trainer = await ask();
  while (!trainer?.waitsFor?.match(why)) trainer = await ask();
  const ready = await fetch(`http://127.0.0.1:${trainer.metricsPort}/readyz`);
  assert.equal(ready.status, 503);
  assert.match((await ready.text()).trim(), why);
  assert.ok(cluster.said(/subscribe to memnet\.announce: NATS does not let the user data-env do it/));
});

/** Starts three servers with cluster.conf or tls-cluster.conf, each on free ports. */
async function startThree(
  file = "cluster.conf",
  env: Readonly<Record<string, string>> = {},
): Promise<TestBroker[] & AsyncDisposable> {
  const ports = await Promise.all([0, 0, 0].map(freePort));
  const files = copyNats(ports.map((port) => `127.0.0.1:${port}`));
  const text = await readFile(files.at(file), "utf8");
  const servers = await Promise.all(
    ports.map(async (port) => {
      const path = files.at(`${port}.conf`);
      const listening = text.replace("port: 6222", `listen: "127.0.0.1:${port}"`);
      assert.notEqual(listening, text);
      await writeFile(path, listening);
      const own = { ...process.env, ...env, NATS_SERVER_NAME: `nats-${port}` };
      return startNatsServer(["-c", path, "-m", "-1"], own);
    }),
  );
  return Object.assign(servers, {
    async [Symbol.asyncDispose]() {
      await Promise.all(servers.map((server) => server.stop()));
      files[Symbol.dispose]();
    },
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server, 0, "127.0.0.1");
  await new Promise((resolve) => server.close(resolve));
  return port;
}

for (const tls of [false, true]) {
  const how = tls ? " over TLS, with TLS among the servers" : "";
  test(`a run on three servers${how}, one of them killed, gives the same bits`, { skip }, async () => {
    using files = makeCertificates();
    const env = { NATS_TLS_CERT_FILE: files.cert, NATS_TLS_KEY_FILE: files.key, NATS_TLS_CA_FILE: files.ca };
    await using servers = await (tls ? startThree("tls-cluster.conf", env) : startThree());
    const [first, second, third] = [servers[0]!, servers[1]!, servers[2]!];
    // Each actor begins at another server, so that all messages cross between servers.
    const order: Record<Role, TestBroker[]> = {
      coordinator: [first, second, third],
      evaluator: [second, third, first],
      trainer: [third, first, second],
      "data-env": [second, first, third],
      worker: [first, second, third],
      operator: [second, third, first],
    };
    const scheme = tls ? "tls" : "nats";
    const envOf = (role: Role) => ({
      ...clientEnvironment(role),
      ...(tls ? { NATS_CA_FILE: files.ca } : {}),
      NATS_URL: order[role].map(({ port }) => `${scheme}://127.0.0.1:${port}`).join(","),
    });
    await using cluster = await Cluster.on(second, envOf);
    cluster.spawn("evaluator");
    cluster.spawn("data-env");
    for (const _ of [1, 2]) cluster.spawn("trainer");
    await cluster.idleTrainers(2);
    const coordinator = cluster.coordinate("spread", ...flagsOf(longer));
    await cluster.until(({ run, step }) => run === "spread" && step > 4);
    await third.stop();
    assert.equal(await cluster.exit(coordinator), 0, cluster.told());
    assert.deepEqual([...new Set(Object.values(await serverErrors(cluster)))], [0], cluster.told());
    assert.equal(await cluster.sha256("spread"), await bitsOf(longer));
  });
}

test("a route without a certificate of the cluster's authority is refused", { skip }, async () => {
  using files = makeCertificates();
  const own = { NATS_TLS_CERT_FILE: files.cert, NATS_TLS_KEY_FILE: files.key };
  await using servers = await startThree("tls-cluster.conf", { ...own, NATS_TLS_CA_FILE: files.otherCa });
  const { url } = servers[0]!;
  const { nats } = readSettings({
    NATS_URL: url.replace("nats:", "tls:"),
    NATS_CA_FILE: files.ca,
    ...clientEnvironment("operator"),
  });
  const metrics = createMetrics({ service: "test", processMetrics: false });
  // Its servers do not find each other, so a queue of the cluster, which needs a majority of them, cannot be made.
  const bus = await connectBus({ ...nats, role: "operator", log: silentLog, metrics });
  try {
    await assert.rejects(openQueue(bus), { name: "QueueError" });
  } finally {
    await bus.close();
  }
});
