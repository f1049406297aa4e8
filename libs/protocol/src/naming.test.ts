import assert from "node:assert/strict";
import { test } from "node:test";
import { newRunName } from "./naming.ts";
import { runName } from "./subjects.ts";

const wall = Date.UTC(2026, 6, 4, 9, 8, 7, 654);

test("newRunName() consists of the machine and the time in UTC", () => {
  assert.equal(newRunName("desk", wall, new Set()), "desk_260704090807");
});

test("newRunName() adds -2, -3 … if the name is taken", () => {
  const taken = new Set(["desk_260704090807", "desk_260704090807-2"]);
  assert.equal(newRunName("desk", wall, taken), "desk_260704090807-3");
});

test("newRunName() is a valid run name for any machine name", () => {
  for (const machine of ["a.b/c d", "ünï", "-x", "---", "中文", "", "x".repeat(300), "..", "a_test"]) {
    const taken = new Set([newRunName(machine, wall, new Set())]);
    for (const name of [...taken, newRunName(machine, wall, taken)]) runName.parse(name);
  }
  assert.equal(newRunName("a.b", wall, new Set()), "a-b_260704090807");
  assert.equal(newRunName("-x", wall, new Set()), "x_260704090807");
  assert.equal(newRunName("中文", wall, new Set()), "machine_260704090807");
});

test("newRunName() has room for a number of two digits on a machine with a long name", () => {
  const base = newRunName("m".repeat(200), wall, new Set());
  const taken = new Set([base, ...Array.from({ length: 97 }, (_, index) => `${base}-${index + 2}`)]);
  const name = newRunName("m".repeat(200), wall, taken);
  assert.ok(name.endsWith("-99"));
  assert.equal(runName.parse(name), name);
});
