import assert from "node:assert/strict";
import { test } from "node:test";
import { type Dialling, dialProblem } from "./dial-problem.ts";

const login = { who: "the user trainer", unreadable: null };
const plain: Dialling = { login, now: 0 };

function failure(message: string, more: object = {}): Error {
  return Object.assign(new Error(message), more);
}

test("dialProblem() names a refused login, and a password file that cannot be read", () => {
  const refused = failure("Authorization Violation", { name: "AuthorizationError" });
  const found = dialProblem(refused, plain);
  assert.deepEqual(
    [found.reason, found.text],
    ["login", "NATS does not let in the user trainer: Authorization Violation"],
  );
  assert.match(found.advice, /NATS_PASSWORD_FILE.*reload/);
  const unreadable = "NATS_PASSWORD_FILE: it must name a file that can be read, got /p";
  const { text } = dialProblem(refused, { ...plain, login: { ...login, unreadable } });
  assert.match(text, /Authorization Violation; NATS_PASSWORD_FILE: .*got \/p$/);
  const late = failure("Authentication Timeout", { name: "AuthorizationError" });
  assert.equal(dialProblem(late, plain).reason, "unreachable");
});

test("dialProblem() gives another advice for each fault of a certificate", () => {
  const tls = { ...plain, tls: { ca: "/no/ca", cert: "/no/cert", key: "/no/key" } };
  const cases: [error: Error, text: RegExp, advice: RegExp][] = [
    [
      failure("certificate has expired", { code: "CERT_HAS_EXPIRED" }),
      /^the certificate of NATS has expired$/,
      /^renew it/,
    ],
    [failure("not yet", { code: "CERT_NOT_YET_VALID" }), /not valid yet/, /clock/],
    [failure("altnames", { code: "ERR_TLS_CERT_ALTNAME_INVALID" }), /altnames/, /^NATS_URL must say a name/],
    [failure("unable to verify the first certificate"), /unable/, /^NATS_CA_FILE must hold/],
    [failure("server does not support 'tls'"), /support/, /^NATS_CA_FILE must hold/],
    [
      failure("alert unknown ca", { code: "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA" }),
      /^NATS refuses the certificate in NATS_CERT_FILE \(\/no\/cert\): alert unknown ca$/,
      /authority that NATS knows/,
    ],
  ];
  for (const [error, text, advice] of cases) {
    const found = dialProblem(error, tls);
    assert.equal(found.reason, "certificate");
    assert.match(found.text, text);
    assert.match(found.advice, advice);
  }
  const asked = failure("alert", { code: "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED" });
  assert.match(
    dialProblem(asked, { ...plain, tls: {} }).text,
    /^NATS asks for a certificate, and NATS_CERT_FILE names/,
  );
});

test("dialProblem() tells a name that is not known from a server that is not there", () => {
  const unknown = dialProblem(failure("getaddrinfo ENOTFOUND nats"), plain);
  assert.match(unknown.advice, /^NATS_URL must name a host/);
  const closed = dialProblem(
    failure("connection refused", { cause: new Error("connect ECONNREFUSED") }),
    plain,
  );
  assert.equal(closed.text, "connection refused: connect ECONNREFUSED");
  assert.match(closed.advice, /^start nats-server there/);
  const silent = dialProblem(failure("timeout", { name: "TimeoutError" }), { ...plain, tls: {} });
  assert.match(silent.advice, /where NATS asks for clients' certificates, NATS_CERT_FILE/);
  assert.deepEqual(
    [unknown, closed, silent].map(({ reason }) => reason),
    Array(3).fill("unreachable"),
  );
});
