import assert from "node:assert/strict";
import { test } from "node:test";
import { parseServers, withoutLogins } from "./servers.ts";

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

test("parseServers() rejects anything but a NATS address", () => {
  for (const url of ["", "ws://a", "nats://", "nats://a/path", "nats://a:99999", "a,,b", "nats://a b"]) {
    assert.throws(() => parseServers(url), RangeError, url);
  }
});

test("parseServers() hides a login that it cannot read, and says how to write it", () => {
  const addresses = [
    "nats://user:pa/ss@word#1@host:4222",
    "nats://user:pass/word@host:4222",
    "nats://user:12#34@host:4222",
    "nats://user:12?34@host:4222",
    "nats://user:12,34@host:4222",
    "nats://user:pa,ss@host:4222",
    "nats://a:1,nats://user:pa/ss@host:4222",
    "nats://user:100%@host:4222",
    "tls://user:%zz@host",
    "user:pa/ss@host",
    "nats://to/ken@host",
    "ws://user:secret@host",
  ];
  for (const address of addresses) {
    assert.throws(
      () => parseServers(address),
      (error) => {
        assert.ok(error instanceof RangeError);
        assert.match(error.message, /\*\*\*@host.*%25.*NATS_PASSWORD_FILE/);
        assert.doesNotMatch(error.message, /user:|pa\b|ss@|word@|12|34|100|zz|secret|ken@/, address);
        return true;
      },
    );
  }
});

test("parseServers() reads a password with encoded special characters", () => {
  const password = "pa/ss@word#1?%,:";
  const read = parseServers(`nats://user:${encodeURIComponent(password)}@host:4222`);
  assert.equal(read.password, password);
  assert.equal(read.display, "nats://host:4222");
});

test("withoutLogins() removes everything before the last @ of each address", () => {
  assert.equal(
    withoutLogins("got --nats-url=nats://me:pa@s/s@host:4222, not tls://token@b"),
    "got --nats-url=nats://***@host:4222, not tls://***@b",
  );
  assert.equal(withoutLogins("see http://127.0.0.1:8097/env/a"), "see http://127.0.0.1:8097/env/a");
});
