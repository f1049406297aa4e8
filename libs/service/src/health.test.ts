import assert from "node:assert/strict";
import { request } from "node:http";
import { hostname } from "node:os";
import { test } from "node:test";
import { type Health, type HealthOptions, serveHealth } from "./health.ts";
import { PortInUseError } from "./listen.ts";
import { silentLog } from "./log.ts";
import { createMetrics } from "./metrics.ts";

function serve(options: Partial<HealthOptions> = {}): Promise<Health> {
  const metrics = createMetrics({ service: "test", processMetrics: false });
  metrics.gauge("step", "Step").set(7);
  return serveHealth({ port: 0, metrics, ready: () => true, log: silentLog, ...options });
}

function get({ port }: Health, path: string, method = "GET"): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}${path}`, { method, headers: { connection: "close" } });
}

test("serveHealth() serves metrics, health and readiness", async () => {
  await using health = await serve();
  const metrics = await get(health, "/metrics");
  assert.match(metrics.headers.get("content-type") ?? "", /text\/plain; version=0.0.4/);
  assert.match(await metrics.text(), /memnet_step\{service="test"\} 7/);
  for (const path of ["/healthz", "/readyz", "/readyz?x=1"])
    assert.equal((await get(health, path)).status, 200);
  const head = await get(health, "/metrics", "HEAD");
  assert.equal(head.status, 200);
  assert.equal(await head.text(), "");
});

test("serveHealth() reports why it is not ready", async () => {
  let state: boolean | string = "no connection to NATS";
  await using health = await serve({ ready: () => state });
  const named = await get(health, "/readyz");
  assert.equal(named.status, 503);
  assert.equal(await named.text(), "no connection to NATS\n");
  state = false;
  assert.equal((await get(health, "/readyz")).status, 503);
  assert.equal((await get(health, "/healthz")).status, 200);
});

test("serveHealth() rejects other paths and methods, and survives a check that throws", async () => {
  await using health = await serve({
    ready: () => {
      throw new Error("as planned");
    },
  });
  assert.equal((await get(health, "/")).status, 404);
  assert.equal((await get(health, "/metrics/x")).status, 404);
  assert.equal((await get(health, "/metrics", "POST")).status, 405);
  assert.equal((await get(health, "/readyz")).status, 500);
});

/** A request with a Host header, which fetch() does not let a caller choose. */
function statusFor({ port }: Health, path: string, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, path, headers: { host } }, (response) => {
      response.resume();
      response.once("end", () => resolve(response.statusCode ?? 0));
    });
    asked.once("error", reject);
    asked.end();
  });
}

test("serveHealth() refuses metrics and pages under a name that is not its own", async () => {
  await using health = await serve({ names: ["gpu-1.example.org"] });
  health.page("/targets", async () => ({ text: "[]", type: "application/json" }));
  for (const path of ["/metrics", "/targets", "/none"]) {
    assert.equal(await statusFor(health, path, "evil.example"), 421, path);
    assert.equal(await statusFor(health, path, "10.0.0.7"), 421, "only the loopback interface's address");
  }
  for (const name of ["localhost:9100", "127.0.0.1", "gpu-1.example.org:9100", hostname()])
    assert.equal(await statusFor(health, "/metrics", name), 200, name);
  for (const path of ["/healthz", "/readyz"])
    assert.equal(await statusFor(health, path, "evil.example"), 200, "a probe's name does not matter");
});

test("serveHealth() on every interface answers what scrapers in Compose and Kubernetes ask for", async () => {
  await using health = await serve({ host: "0.0.0.0" });
  for (const name of ["10.42.0.7:9100", "[fd00::7]:9100", "evaluator:9100", "evaluator.memnet.svc:9100"])
    assert.equal(await statusFor(health, "/metrics", name), 200, name);
  for (const name of ["evil.example", "gpu-1.example.org:9100"])
    assert.equal(await statusFor(health, "/metrics", name), 421, name);
});

test("serveHealth() serves added pages, and passes them the local address", async () => {
  await using health = await serve();
  health.page("/where", async (address) => ({ text: JSON.stringify({ address }), type: "application/json" }));
  const answer = await get(health, "/where?x=1");
  assert.equal(answer.headers.get("content-type"), "application/json");
  assert.deepEqual(await answer.json(), { address: "127.0.0.1" });
  assert.equal((await get(health, "/where/")).status, 404);
});

test("serveHealth() names a port that is in use", async () => {
  await using health = await serve();
  await assert.rejects(serve({ port: health.port }), (error) => {
    assert.ok(error instanceof PortInUseError);
    assert.match(error.message, new RegExp(`127.0.0.1:${health.port}`));
    return true;
  });
});
