/** `memnet doctor` as a user runs it, against the real nats-server. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { listen } from "@memnet/service";
import { skipWithout, startNatsServer, type TestBroker } from "@memnet/service/testing";
import { Cluster, memnet } from "../integration/cluster.testing.ts";
import {
  clientEnvironment,
  copyNats,
  makeCertificates,
  passwordOf,
  startSecured,
} from "./secured.testing.ts";

interface Finding {
  readonly check: string;
  readonly level: "ok" | "warning" | "failed";
  readonly text: string;
  readonly advice: string | null;
}

const skip = skipWithout("nats-server") || skipWithout("openssl");
const folder = await mkdtemp(join(tmpdir(), "memnet-doctor-"));
after(() => rm(folder, { recursive: true }));

/** Returns its findings by check, and those that failed. */
async function doctor(env: Record<string, string>, ...args: string[]) {
  const { NATS_URL: _url, ...rest } = process.env;
  const options = { cwd: folder, env: { ...rest, ...env } };
  const begun = performance.now();
  const [code, out] = await new Promise<[number, string]>((resolve) => {
    execFile(process.execPath, [memnet, "doctor", "--json", ...args], options, (error, stdout, stderr) =>
      resolve([error ? Number(error.code) : 0, stdout || stderr]),
    );
  });
  const findings = JSON.parse(out) as Finding[];
  const failures = findings.filter(({ level }) => level === "failed");
  assert.equal(code, failures.length === 0 ? 0 : 1, out);
  for (const { level, advice } of findings) assert.equal(advice === null, level === "ok", out);
  const of = (check: string) => findings.filter((one) => one.check === check);
  return { of, failures, out, seconds: (performance.now() - begun) / 1000 };
}

function urlOf({ url }: TestBroker, env: Record<string, string> = {}): Record<string, string> {
  return { NATS_URL: url, ...env };
}

test("doctor finds a system healthy, and lists the connected and the missing actors", { skip }, async () => {
  await using cluster = await Cluster.on(await startSecured(), clientEnvironment);
  cluster.spawn("evaluator");
  cluster.spawn("data-env");
  cluster.spawn("trainer");
  await cluster.present("evaluator", "data-env");
  await cluster.idleTrainers(1);
  const env = { ...cluster.env, ...clientEnvironment("operator") };
  const { of, failures, out } = await doctor(env, "--runs-dir", cluster.runsDir);
  assert.deepEqual(failures, [], out);
  assert.match(
    of("NATS")[0]?.text ?? "",
    /^nats:\/\/127\.0\.0\.1:\d+, server \w+, version \d.*as user operator, without TLS$/,
  );
  assert.equal(of("permissions")[0]?.text, "all that the role operator needs");
  assert.match(of("runs folder")[0]?.text ?? "", /can be written/);
  assert.match(of("engines")[0]?.text ?? "", /tfjs-cpu; auto takes /);
  const present = of("actors").map(({ level, text }) => `${level} ${text}`);
  const expected = ["ok evaluator: 1", "warning coordinator: none", "ok trainer: 1", "ok data-env: 1"];
  assert.deepEqual(present.slice(0, 4), expected, out);
  assert.match(present[4] ?? "", /^warning trainer \w+ waits for a run/);
  // What it tried has been removed, and no actor acted on it.
  assert.deepEqual(
    (await readdir(cluster.runsDir)).filter((name) => name.startsWith(".doctor")),
    [],
  );
  assert.equal(cluster.said(/Dropped a message/), false, cluster.told());
});

test("doctor tries the role that is named, or else the user's own", { skip }, async () => {
  await using broker = await startSecured();
  for (const role of ["coordinator", "trainer", "data-env", "evaluator"] as const) {
    const { of, failures, out } = await doctor(urlOf(broker, clientEnvironment(role)));
    assert.deepEqual(failures, [], out);
    assert.equal(of("permissions")[0]?.text, `all that the role ${role} needs`);
  }
  const { failures } = await doctor(urlOf(broker, clientEnvironment("trainer")), "--role", "coordinator");
  const said = failures.map(({ check, text }) => `${check}: ${text}`).join("\n");
  assert.match(said, /^permissions: the role coordinator may not publish to memnet\.announce, /);
  assert.match(said, /memnet\.run\.doctor\.step/);
  assert.match(said, /may not subscribe to .*memnet\.run\.\*\.join/);
});

test("doctor names a permission that a server's configuration lacks", { skip }, async () => {
  using files = copyNats();
  const path = files.at("nats.conf");
  const whole = await readFile(path, "utf8");
  await writeFile(path, whole.replace('"memnet.run.*.stop"\n          "memnet.queue', '"memnet.queue'));
  assert.notEqual(await readFile(path, "utf8"), whole);
  await using broker = await startNatsServer(["-c", path, "-m", "-1"]);
  const { failures } = await doctor(urlOf(broker, clientEnvironment("operator")));
  assert.deepEqual(
    failures.map(({ check, text }) => [check, text]),
    [["permissions", "the role operator may not publish to memnet.run.doctor.stop"]],
  );
});

test("doctor distinguishes a wrong password, no server, a server without TLS and an untrusted one", {
  skip,
}, async () => {
  await using broker = await startSecured();
  using files = makeCertificates();
  const cases: [Record<string, string>, text: RegExp, advice: RegExp][] = [
    [{ ...clientEnvironment("trainer"), NATS_PASSWORD: "other" }, /Authorization Violation/, /NATS_PASSWORD/],
    [{ NATS_URL: "nats://127.0.0.1:1" }, /127\.0\.0\.1:1: .*refused/i, /start nats-server there/],
    [{ NATS_URL: `tls://127.0.0.1:${broker.port}` }, /does not support 'tls'/, /NATS_CA_FILE/],
    [
      { NATS_CA_FILE: files.ca },
      /NATS_URL: it must be tls:\/\/host:port where NATS_CA_FILE is set/,
      /correct it/,
    ],
    [{ NATS_URL: "http://nats" }, /Cannot read a NATS address/, /correct it/],
  ];
  for (const [env, text, advice] of cases) {
    const { failures, seconds } = await doctor(urlOf(broker, env));
    assert.deepEqual(
      failures.map(({ check }) => check),
      ["NATS"],
    );
    assert.match(failures[0]?.text ?? "", text);
    assert.match(failures[0]?.advice ?? "", advice);
    assert.ok(seconds < 15, `it took ${seconds} s`);
  }
});

test("doctor detects TLS, and a payload limit that is too small", { skip }, async () => {
  using files = makeCertificates();
  const tls = { NATS_TLS_CERT_FILE: files.cert, NATS_TLS_KEY_FILE: files.key };
  await using sealed = await startSecured("tls.conf", tls);
  const env = { NATS_URL: `tls://127.0.0.1:${sealed.port}`, NATS_CA_FILE: files.ca };
  const found = await doctor({ ...env, ...clientEnvironment("trainer") });
  assert.deepEqual(found.failures, [], found.out);
  assert.match(found.of("NATS")[0]?.text ?? "", /as user trainer, over TLS$/);

  const path = join(folder, "small.conf");
  await writeFile(path, "max_payload: 512KB\n");
  await using small = await startNatsServer(["-c", path]);
  const { failures } = await doctor(urlOf(small));
  assert.deepEqual(
    failures.map(({ check }) => check),
    ["NATS limits"],
  );
  assert.match(
    failures[0]?.text ?? "",
    /max_payload is 524,288 bytes, and memnet's largest message has 786,436 bytes/,
  );
});

test("doctor ends and reports it if a server stays silent", { skip }, async () => {
  const server = createServer();
  const sockets: Socket[] = [];
  server.on("connection", (socket) => void sockets.push(socket.on("error", () => {})));
  const port = await listen(server, 0, "127.0.0.1");
  const { failures } = await doctor({ NATS_URL: `nats://127.0.0.1:${port}` });
  assert.deepEqual(
    failures.map(({ check }) => check),
    ["NATS"],
  );
  for (const socket of sockets) socket.destroy();
  server.close();
});

test("doctor reports a runs folder that is missing, not writable, or not a folder", {
  skip,
}, async () => {
  const well = await doctor({}, "--runs-dir", join(folder, "not", "yet"));
  assert.deepEqual(well.failures, [], well.out);
  assert.match(well.of("runs folder")[0]?.text ?? "", /does not exist yet, and can be made/);
  assert.match(
    well.of("NATS")[0]?.text ?? "",
    /^NATS_URL is not set, and .* train needs none on one machine; no launcher runs here$/,
  );
  const file = join(folder, "file");
  await writeFile(file, "");
  // No user can create files in /proc. A folder without write permission stops every user but root.
  const unwritable = ["/proc/self", "/proc/self/runs", file];
  if (process.getuid?.() !== 0) {
    const closed = await mkdtemp(join(folder, "closed-"));
    await chmod(closed, 0o500);
    unwritable.push(closed);
  }
  for (const path of unwritable) {
    const { failures } = await doctor({}, "--runs-dir", path);
    assert.deepEqual(
      failures.map(({ check }) => check),
      ["runs folder"],
      path,
    );
    assert.match(failures[0]?.text ?? "", /cannot be used by an evaluator/);
  }
});

test("doctor shows no password", { skip }, async () => {
  await using broker = await startSecured();
  const { port } = broker;
  for (const password of [passwordOf("operator"), "hidden"]) {
    const { out } = await doctor({ NATS_URL: `nats://operator:${password}@127.0.0.1:${port}` });
    assert.equal(out.includes(password), false, out);
  }
});
