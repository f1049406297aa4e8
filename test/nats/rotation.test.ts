/** Passwords and certificates that change or expire, on the real nats-server: as docs/operations.md rotates them. */

import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { messages, subjects } from "@memnet/protocol";
import { type Bus, connectBus, createMetrics, readSettings } from "@memnet/service";
import { counted, rememberingLog, skipWithout, startNatsServer, until } from "@memnet/service/testing";
import { Cluster, memnet } from "../integration/cluster.testing.ts";
import { clientEnvironment, copyNats, makeCertificates, natsFolder } from "./secured.testing.ts";

const skip = skipWithout("nats-server") || skipWithout("openssl");

function makePasswords(folder: string): void {
  execFileSync("sh", [join(natsFolder, "make-passwords.sh"), folder]);
}

/** Connects as a role, with a log and metrics to look at. */
async function client(env: Readonly<Record<string, string>>) {
  const { log, lines } = rememberingLog();
  const metrics = createMetrics({ service: "test", processMetrics: false });
  const bus: Bus = await connectBus({ ...readSettings(env).nats, role: "operator", log, metrics });
  return {
    bus,
    metrics,
    /** The reasons for waiting that the log has named. */
    waits: () =>
      lines
        .filter(({ message }) => message.startsWith("Waiting for NATS"))
        .map(({ fields }) => fields.reason),
    lines,
    [Symbol.asyncDispose]: () => bus.close(),
  };
}

/** Waits for the connection to be lost and made again. */
async function reconnects(bus: Bus, cause: () => void): Promise<void> {
  let again = false;
  bus.onReconnect(() => {
    again = true;
  });
  cause();
  await until(() => again);
}

test("a rotated password: services with a password file get in with the new one by themselves", {
  skip,
  timeout: 60_000,
}, async () => {
  using files = copyNats();
  makePasswords(files.at("passwords"));
  await using broker = await startNatsServer(["-c", files.at("nats.conf"), "-m", "-1"]);
  const reload = () => process.kill(broker.pid ?? 0, "SIGHUP");
  const env = { NATS_URL: broker.url, NATS_USER: "operator" };
  await using own = await client({ ...env, NATS_PASSWORD_FILE: files.at("passwords/operator") });
  const before = readFileSync(files.at("passwords/operator"), "utf8");
  await using stale = await client({ ...env, NATS_PASSWORD: before });

  makePasswords(files.at("passwords"));
  assert.notEqual(readFileSync(files.at("passwords/operator"), "utf8"), before);
  assert.deepEqual(
    [own.bus.connected, stale.bus.connected],
    [true, true],
    "nothing changes until NATS reads it",
  );
  await reconnects(own.bus, reload);
  assert.deepEqual(own.waits(), []);

  const refused = () => counted(stale.metrics, "memnet_bus_dial_failures_total", { reason: "login" });
  while ((await refused()) < 3) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(await counted(stale.metrics, "memnet_bus_connected"), 0);
  assert.deepEqual(
    stale.waits(),
    ["NATS does not let in the user operator: Authorization Violation"],
    "once",
  );
  const stacks = stale.lines.filter(({ fields }) => JSON.stringify(fields).includes("stack"));
  assert.deepEqual(stacks, []);
});

test("a service that the password locks out says so in /readyz and `memnet doctor`, and recovers", {
  skip,
  timeout: 240_000,
}, async () => {
  using files = copyNats();
  const old = mkdtempSync(join(tmpdir(), "memnet-old-"));
  try {
    makePasswords(files.at("passwords"));
    cpSync(files.at("passwords"), old, { recursive: true });
    const broker = await startNatsServer(["-c", files.at("nats.conf"), "-m", "-1"]);
    const envOf = (role: string) => ({
      NATS_USER: role,
      NATS_PASSWORD_FILE: role === "trainer" ? join(old, role) : files.at(`passwords/${role}`),
    });
    await using cluster = await Cluster.on(broker, envOf);
    cluster.spawn("trainer");
    cluster.spawn("evaluator");
    await cluster.idleTrainers(1);
    await cluster.present("evaluator");
    const { askStatus, status } = messages;
    const all = await cluster.messenger.askAll(askStatus, status, subjects.status, {}, 1000);
    const trainer = all.find(({ role }) => role === "trainer");
    const evaluator = all.find(({ role }) => role === "evaluator");
    const targets = async () => (await fetch(`http://127.0.0.1:${evaluator?.metricsPort}/targets`)).text();
    // The evaluator can miss only whom it has seen.
    while (!(await targets()).includes('"trainer"')) await new Promise((resolve) => setTimeout(resolve, 200));
    const readyz = () => fetch(`http://127.0.0.1:${trainer?.metricsPort}/readyz`);
    makePasswords(files.at("passwords"));
    process.kill(broker.pid ?? 0, "SIGHUP");
    await cluster.says(/"reason":"NATS does not let in the user trainer: Authorization Violation"/);
    const ready = await readyz();
    const why = "NATS does not let in the user trainer: Authorization Violation";
    assert.deepEqual([ready.status, await ready.text()], [503, `not connected to NATS: ${why}\n`]);
    const nats = { NATS_URL: broker.url, ...envOf("trainer") };
    const [finding] = (await doctor(nats)).filter(({ check }) => check === "NATS");
    assert.match(finding?.text ?? "", new RegExp(`${why}$`));
    assert.match(finding?.advice ?? "", /NATS_PASSWORD_FILE.*reload/);
    assert.match(await output(["status"], nats), new RegExp(why), "its own status");
    const missed = async () => {
      const all = await cluster.messenger.askAll(askStatus, status, subjects.status, {}, 1000);
      return JSON.stringify(all.map(({ detail }) => detail.cutOff)).includes(why);
    };
    while (!(await missed())) await new Promise((resolve) => setTimeout(resolve, 500));
    const told = await output(["status"], { NATS_URL: broker.url, ...envOf("operator") });
    assert.match(told, new RegExp(`^trainer test is cut off \\(.*\\): ${why}$`, "m"));

    cpSync(files.at("passwords/trainer"), join(old, "trainer"));
    await cluster.idleTrainers(1);
    assert.equal((await readyz()).status, 200);
  } finally {
    rmSync(old, { recursive: true });
  }
});

test("an expired certificate of NATS is named, and a renewed one is taken without a restart", {
  skip,
  timeout: 60_000,
}, async () => {
  using nats = copyNats();
  using certificates = makeCertificates();
  const tls = { NATS_TLS_CERT_FILE: certificates.cert, NATS_TLS_KEY_FILE: certificates.key };
  await using broker = await startNatsServer(["-c", nats.at("tls.conf"), "-m", "-1"], {
    ...process.env,
    ...tls,
  });
  const env = {
    ...clientEnvironment("operator"),
    NATS_URL: `tls://127.0.0.1:${broker.port}`,
    NATS_CA_FILE: certificates.ca,
  };
  await using own = await client(env);

  certificates.renew(-1);
  await broker.restart();
  const refused = () => counted(own.metrics, "memnet_bus_dial_failures_total", { reason: "certificate" });
  while ((await refused()) < 2) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(own.waits().includes("the certificate of NATS has expired"), JSON.stringify(own.waits()));
  assert.equal(new Set(own.waits()).size, own.waits().length, "each reason once");
  const [finding] = (await doctor(env)).filter(({ check }) => check === "NATS");
  assert.match(finding?.text ?? "", /the certificate of NATS has expired$/);
  assert.match(finding?.advice ?? "", /^renew it, and let NATS read it again/);

  await reconnects(own.bus, () => {
    certificates.renew();
    process.kill(broker.pid ?? 0, "SIGHUP");
  });
});

test("an expired certificate of the client's own is named by its file, and a renewed one is read at the next dial", {
  skip,
  timeout: 90_000,
}, async () => {
  using nats = copyNats();
  using server = makeCertificates();
  using own = makeCertificates();
  const asking = readFileSync(nats.at("tls.conf"), "utf8")
    .replace("# ca_file", "ca_file")
    .replace("# verify", "verify");
  writeFileSync(nats.at("tls.conf"), asking);
  const tls = { NATS_TLS_CERT_FILE: server.cert, NATS_TLS_KEY_FILE: server.key, NATS_TLS_CA_FILE: own.ca };
  await using broker = await startNatsServer(["-c", nats.at("tls.conf"), "-m", "-1"], {
    ...process.env,
    ...tls,
  });
  const env = {
    ...clientEnvironment("operator"),
    NATS_URL: `tls://127.0.0.1:${broker.port}`,
    ...{ NATS_CA_FILE: server.ca, NATS_CERT_FILE: own.cert, NATS_KEY_FILE: own.key },
  };
  await using connected = await client(env);
  own.renew(-60);
  await broker.restart();
  const named =
    /^NATS refuses the certificate in NATS_CERT_FILE \(\S+nats\.pem\), which expired at \d{4}-\d\d-\d\dT/;
  await until(() => connected.waits().some((why) => named.test(String(why))));
  const [finding] = (await doctor(env)).filter(({ check }) => check === "NATS");
  assert.match((finding?.text ?? "").replace(/^.*got: /, ""), named);
  assert.match(finding?.advice ?? "", /^put a new certificate and its key there/);
  await reconnects(connected.bus, () => own.renew());
});

interface Finding {
  readonly check: string;
  readonly text: string;
  readonly advice: string | null;
}

async function doctor(env: Readonly<Record<string, string>>): Promise<Finding[]> {
  return JSON.parse(await output(["doctor", "--json"], env));
}

/** What a command of memnet prints, whatever its exit code. */
function output(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...env } };
    execFile(process.execPath, [memnet, ...args], options, (_, stdout, stderr) => resolve(stdout || stderr));
  });
}
