/** A service's metric of when the certificates of its connection expire. */

import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { connectBus, createMetrics, readSettings, silentLog } from "@memnet/service";
import { skipWithout } from "@memnet/service/testing";
import { clientEnvironment, makeCertificates, startSecured } from "./secured.testing.ts";

test("a service over TLS exports when the server's, the authority's and its own certificate expire", {
  skip: skipWithout("nats-server") || skipWithout("openssl"),
}, async () => {
  using files = makeCertificates();
  await using broker = await startSecured("tls.conf", {
    NATS_TLS_CERT_FILE: files.cert,
    NATS_TLS_KEY_FILE: files.key,
  });
  const ca = join(files.folder, "renewed.pem");
  copyFileSync(files.ca, ca);
  const { nats } = readSettings({
    ...clientEnvironment("operator"),
    NATS_URL: `tls://127.0.0.1:${broker.port}`,
    NATS_CA_FILE: ca,
    NATS_CERT_FILE: files.cert,
    NATS_KEY_FILE: files.key,
  });
  const metrics = createMetrics({ service: "test", processMetrics: false });
  const exported = async () => {
    const text = await metrics.registry.metrics();
    const lines = text.matchAll(
      /^memnet_certificate_expiry_timestamp_seconds\{certificate="(\w+)",.*\} (\d+)$/gm,
    );
    return Object.fromEntries([...lines].map(([, certificate, seconds]) => [certificate, Number(seconds)]));
  };
  const ends = (path: string) => Date.parse(new X509Certificate(readFileSync(path)).validTo) / 1000;
  const bus = await connectBus({ ...nats, role: "operator", log: silentLog, metrics });
  try {
    const own = ends(files.cert);
    assert.deepEqual(await exported(), { server: own, ca: ends(files.ca), client: own });
    // While an authority is replaced, its file holds both.
    const [older, newer] = [files.lasting(2), files.lasting(30)];
    writeFileSync(ca, readFileSync(newer, "utf8") + readFileSync(older, "utf8"));
    assert.equal((await exported()).ca, ends(older));
    assert.ok(ends(older) < ends(newer));
    writeFileSync(ca, "");
    assert.equal((await exported()).ca, ends(older), "while a file is written, the value stays");
  } finally {
    await bus.close();
  }
});
