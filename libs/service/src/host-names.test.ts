import assert from "node:assert/strict";
import { test } from "node:test";
import { nameIn, namesOf } from "./host-names.ts";

function known(host: string, own: readonly string[], headers: readonly string[]): string[] {
  const isKnown = namesOf(host, own);
  return headers.filter((header) => isKnown(nameIn(header)));
}

test("namesOf() on the loopback interface accepts that interface's names and the given ones", () => {
  const right = ["localhost:8097", "LOCALHOST", "127.0.0.1:8097", "[::1]:8097", "runs.example"];
  const wrong = ["evil.example:8097", "10.0.0.7", "box", "127.0.0.1.evil.example", ""];
  for (const host of ["127.0.0.1", "localhost", "::1"]) {
    assert.deepEqual(known(host, ["Runs.example"], [...right, ...wrong]), right, host);
  }
});

test("namesOf() elsewhere accepts addresses, names outside public domains, and the given ones", () => {
  const right = [
    ...["localhost:8097", "127.0.0.1", "10.0.0.7:80", "[fd00::7]:8097", "evaluator:8097", "gpu-1.local"],
    ...[
      "memnet-evaluator.default.svc.cluster.local:8097",
      "box.internal",
      "evaluator.memnet.svc:9100",
      "runs.example:443",
    ],
  ];
  const wrong = [
    ...["evil.example", "local.evil.example", "10.0.0.7.evil.example", "evillocal.example", ""],
    ...["a.example.com", "[evil]", "local."],
  ];
  for (const host of ["0.0.0.0", "::", "10.0.0.7"]) {
    assert.deepEqual(known(host, ["runs.example"], [...right, ...wrong]), right, host);
  }
});
