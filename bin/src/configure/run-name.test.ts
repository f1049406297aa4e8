import assert from "node:assert/strict";
import { test } from "node:test";
import { newRunName } from "@memnet/protocol";
import { checkRunName } from "./runs-dir.ts";

const now = Date.parse("2026-03-09T08:05:02.123Z");

test("newRunName() is MACHINE_yymmddhhmmss in UTC", () => {
  assert.equal(newRunName("vm", now, new Set()), "vm_260309080502");
});

test("newRunName() numbers a name that is taken", () => {
  const taken = new Set(["vm_260309080502", "vm_260309080502-2"]);
  assert.equal(newRunName("vm", now, taken), "vm_260309080502-3");
});

test("newRunName() stays a run's name on a machine with a long name", () => {
  const base = newRunName("m".repeat(200), now, new Set());
  const taken = new Set([base, ...Array.from({ length: 97 }, (_, index) => `${base}-${index + 2}`)]);
  const name = newRunName("m".repeat(200), now, taken);
  assert.ok(name.endsWith("-99"));
  assert.equal(checkRunName(name), name);
});

test("checkRunName() refuses what could not be a folder or a subject, saying the rule", () => {
  for (const name of ["", "../x", "a b", "a.b", "a/b", "x".repeat(65), "é"]) {
    assert.throws(() => checkRunName(name), {
      name: "UsageError",
      message: /1 to 64 letters, digits, '-' and '_'$/,
    });
  }
  assert.throws(() => checkRunName("copy_test"), { name: "UsageError", message: /must not end in _test/ });
});
