import assert from "node:assert/strict";
import { test } from "node:test";
import { parseServers } from "./servers.ts";

test("parseServers() reads one address in every form", () => {
  assert.deepEqual(parseServers("nats://127.0.0.1:4222"), {
    servers: ["127.0.0.1:4222"],
    display: "nats://127.0.0.1:4222",
    tls: false,
  });
  assert.deepEqual(parseServers("broker").servers, ["broker:4222"]);
  assert.deepEqual(parseServers("nats://[::1]:99/").servers, ["[::1]:99"]);
  assert.equal(parseServers("tls://broker").tls, true);
});

test("parseServers() reads several addresses and the first login", () => {
  const read = parseServers("nats://a:1, nats://me:p%40ss@b:2,nats://other:word@c:3");
  assert.deepEqual(read.servers, ["a:1", "b:2", "c:3"]);
  assert.equal(read.user, "me");
  assert.equal(read.password, "p@ss");
  assert.equal(read.display, "nats://a:1,nats://b:2,nats://c:3");
});

test("parseServers() reads a token", () => {
  const read = parseServers("nats://s3cret@a");
  assert.equal(read.token, "s3cret");
  assert.equal(read.user, undefined);
});

test("parseServers() refuses what is no NATS address", () => {
  for (const url of ["", "ws://a", "nats://", "nats://a/path", "nats://a:99999", "a,,b", "nats://a b"]) {
    assert.throws(() => parseServers(url), RangeError, url);
  }
});
