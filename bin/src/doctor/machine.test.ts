import assert from "node:assert/strict";
import { test } from "node:test";
import { engineFinding } from "./engines.ts";
import { spaceFinding, writableFinding } from "./folder.ts";
import { smiNames } from "./gpus.ts";
import { clockFinding, nodeFinding } from "./machine.ts";

test("nodeFinding() fails below the version that package.json requires", () => {
  for (const enough of ["v20.19.0", "v20.20.2", "v24.0.0"])
    assert.equal(nodeFinding(enough).level, "ok", enough);
  for (const old of ["v18.20.0", "v20.18.3"]) assert.equal(nodeFinding(old).level, "failed", old);
});

test("clockFinding() fails for a clock that was never set", () => {
  assert.equal(clockFinding(Date.UTC(2026, 1, 3)).text, "2026-02-03T00:00:00.000Z");
  assert.equal(clockFinding(0).level, "failed");
});

test("spaceFinding() warns of a full disk, and of one whose files are lost at the end", () => {
  const large = { bsize: 4096, bavail: 2 ** 20 };
  assert.deepEqual(spaceFinding({ ...large, type: 0xef53 }).text, "4,096 MB free, on ext4");
  assert.equal(spaceFinding({ ...large, type: 0xef53 }).level, "ok");
  assert.equal(spaceFinding({ ...large, type: 0x1021994 }).level, "warning");
  assert.equal(spaceFinding({ ...large, bavail: 1000, type: 0xef53 }).level, "warning");
  assert.match(spaceFinding({ ...large, type: 0x1234 }).text, /file system 0x1234$/);
});

test("writableFinding() warns of a disk whose clock differs", () => {
  assert.equal(writableFinding("/runs", { syncMs: 1.25, skewMs: -20 }).level, "ok");
  assert.match(writableFinding("/runs", { syncMs: 1, skewMs: -60_000 }).text, /60 s behind this machine's/);
  assert.match(writableFinding("/runs", { syncMs: 1, skewMs: 60_000 }).text, /60 s ahead of this machine's/);
});

test("smiNames() reads one line per GPU", () => {
  const output = "NVIDIA H100 80GB HBM3, 81559 MiB, 570.86\nNVIDIA H100 80GB HBM3, 81559 MiB, 570.86\n";
  const one = "NVIDIA H100 80GB HBM3 (81559 MiB, driver 570.86)";
  assert.deepEqual(smiNames(output), [one, one]);
  assert.deepEqual(smiNames("No devices were found\n"), []);
});

test("engineFinding() names the engine that auto takes, and why others do not work", () => {
  const missing = { name: "tfjs-node", why: "its package is not there" };
  const found = engineFinding([{ name: "wasm", why: null }, missing, { name: "tfjs-cpu", why: null }]);
  assert.equal(found.level, "ok");
  assert.equal(
    found.text,
    "wasm, tfjs-cpu; auto takes wasm; tfjs-node does not work: its package is not there",
  );
  assert.match(
    engineFinding([
      { name: "wasm", why: "not built" },
      { name: "tfjs-cpu", why: null },
    ]).text,
    /the fastest, wasm, is not among them.*auto takes tfjs-cpu; wasm does not work: not built/,
  );
  assert.equal(engineFinding([missing]).level, "failed");
});
