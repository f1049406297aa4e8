import assert from "node:assert/strict";
import { test } from "node:test";
import { cutOffText, trustText } from "./status.ts";

const coordinator = {
  ok: true as const,
  id: "c1",
  role: "coordinator" as const,
  machine: "box",
  run: "mine",
  metricsPort: null,
  metricsPath: "/metrics",
  state: "training",
  waitsFor: null,
  waitsSeconds: null,
};

test("trustText() says how far a run was audited and who is quarantined", () => {
  const liar = { role: "trainer", id: "t1", machine: "bad", step: 3, why: "it gave another gradient" };
  const of = (detail: Record<string, unknown>) => trustText([{ ...coordinator, detail }]);
  assert.deepEqual(of({ step: 1200, audited: 1100, quarantined: [liar] }), [
    "mine: unaudited from step 1,101",
    "mine: trainer t1 is quarantined: it gave another gradient",
  ]);
  assert.deepEqual(of({ step: 5, audited: 5, quarantined: [] }), []);
  assert.deepEqual(of({}), [], "it opens its run");
});

test("cutOffText() says which services are cut off from NATS, why and for how long", () => {
  const one = {
    role: "trainer",
    machine: "gpu-1",
    id: "t1",
    why: "the certificate of NATS has expired",
    seconds: 90,
  };
  assert.deepEqual(cutOffText([{ ...coordinator, role: "evaluator", detail: { cutOff: [one] } }]), [
    "trainer gpu-1 is cut off (1 min 30 s): the certificate of NATS has expired",
  ]);
  assert.deepEqual(cutOffText([{ ...coordinator, detail: {} }]), []);
});
