import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { machineName, readSettings } from "./settings.ts";

test("readSettings() has a default for everything", () => {
  for (const env of [{}, { NATS_URL: "", MEMNET_RUN: "", MEMNET_METRICS_PORT: "" }]) {
    assert.deepEqual(readSettings(env), {
      nats: { url: "nats://127.0.0.1:4222" },
      machine: machineName(hostname()),
      run: undefined,
      logLevel: "info",
      metricsPort: undefined,
      metricsHost: "127.0.0.1",
      metricsNames: [],
    });
  }
});

test("readSettings() reads the variables that are set", () => {
  const env = {
    NATS_URL: "tls://a:1,b:2",
    NATS_USER: "trainer",
    NATS_PASSWORD: "secret",
    MEMNET_MACHINE: "Gpu 1.example",
    MEMNET_RUN: "box_240101000000-2",
    MEMNET_LOG_LEVEL: "debug",
    MEMNET_METRICS_PORT: "0",
    MEMNET_METRICS_HOST: "0.0.0.0",
    MEMNET_METRICS_NAMES: "gpu-1.example.org, metrics.example.org",
  };
  assert.deepEqual(readSettings(env), {
    nats: { url: "tls://a:1,b:2", user: "trainer", password: "secret" },
    machine: "Gpu-1-example",
    run: "box_240101000000-2",
    logLevel: "debug",
    metricsPort: 0,
    metricsHost: "0.0.0.0",
    metricsNames: ["gpu-1.example.org", "metrics.example.org"],
  });
});

test("readSettings() names the variable, the rule and the value", () => {
  const cases: [Record<string, string>, RegExp][] = [
    [{ MEMNET_METRICS_PORT: "65536" }, /MEMNET_METRICS_PORT.*0 to 65535, got "65536"/],
    [{ MEMNET_METRICS_PORT: "-1" }, /MEMNET_METRICS_PORT.*got "-1"/],
    [{ MEMNET_METRICS_NAMES: "a.example:80" }, /MEMNET_METRICS_NAMES.*without ports.*got "a.example:80"/],
    [{ MEMNET_LOG_LEVEL: "loud" }, /MEMNET_LOG_LEVEL.*debug, info, warn, error, got "loud"/],
    [{ MEMNET_RUN: "../x" }, /MEMNET_RUN.*letters.*got "..\/x"/],
    [{ NATS_URL: "ws://a" }, /NATS.*nats:\/\/host:port.*got "ws:\/\/a"/],
    [{ NATS_PASSWORD_FILE: "/no/such/file" }, /NATS_PASSWORD_FILE.*got \/no\/such\/file/],
    [
      { NATS_URL: "nats://u:secret@a", NATS_CA_FILE: "/ca" },
      /NATS_URL.*tls:.* where NATS_CA_FILE is set, got "nats:\/\/a:4222"/,
    ],
    [{ NATS_URL: "tls://a", NATS_CA_FILE: "/no/file" }, /NATS_CA_FILE.*a certificate, got \/no\/file/],
    [{ NATS_URL: "tls://a", NATS_CERT_FILE: "/c" }, /NATS_CERT_FILE: NATS_KEY_FILE must be set as well/],
    [{ NATS_URL: "tls://a", NATS_KEY_FILE: "/k" }, /NATS_KEY_FILE: NATS_CERT_FILE must be set as well/],
    [{ NATS_USER: "a", NATS_USER_FILE: "b" }, /NATS_USER.*only one.*got both/],
  ];
  for (const [env, message] of cases) {
    assert.throws(
      () => readSettings(env),
      (error) => error instanceof RangeError && message.test(error.message),
      JSON.stringify(env),
    );
  }
});

test("readSettings() reads secrets from files", async () => {
  const folder = await mkdtemp(join(tmpdir(), "memnet-"));
  try {
    const path = join(folder, "secret");
    await writeFile(path, "s p=\r\n");
    assert.equal(readSettings({ NATS_USER_FILE: path }).nats.user, "s p=");
    const { password, passwordFile } = readSettings({ NATS_PASSWORD_FILE: path }).nats;
    assert.deepEqual([password, passwordFile], [undefined, path], "each dial reads it");
    await writeFile(path, "\n");
    assert.throws(() => readSettings({ NATS_PASSWORD_FILE: path }), RangeError);
    await writeFile(path, "two\nlines\n");
    assert.throws(() => readSettings({ NATS_PASSWORD_FILE: path }), RangeError);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("readSettings() rejects a machine name too long for a message", () => {
  assert.throws(() => readSettings({ MEMNET_MACHINE: "m".repeat(256) }), {
    name: "RangeError",
    message: "Cannot read MEMNET_MACHINE: it must have at most 255 characters, got 256",
  });
  assert.equal(readSettings({ MEMNET_MACHINE: "m".repeat(255) }).machine.length, 255);
});
