import assert from "node:assert/strict";
import { test } from "node:test";
import { type WholeRow, wholeRow, wholeTable } from "./whole.ts";

test("wholeRow() has the median of each round's ratio to the library", () => {
  // The machine is twice as slow in the second round, and a local turn of the third was disturbed.
  const rounds = [
    { engine: 8, library: 10, local: 11 },
    { engine: 16, library: 20, local: 22.2 },
    { engine: 8, library: 10, local: 14 },
  ];
  const { localMs, libraryMs, engineMs, ...rest } = wholeRow("original-ntm-copy", 16, rounds);
  assert.equal(libraryMs, 10);
  assert.ok(Math.abs(localMs! - 11.1) < 1e-12);
  assert.equal(engineMs, 8);
  assert.deepEqual(rest, {
    preset: "original-ntm-copy",
    sequences: 16,
    natsMs: null,
    jaxMs: null,
    torchMs: null,
  });
});

test("wholeTable() compares with the local run, and leaves out peers that are not installed", () => {
  const row: WholeRow = {
    preset: "original-ntm-copy",
    sequences: 16,
    engineMs: 5,
    libraryMs: 6,
    localMs: 6.6,
    natsMs: 8.5,
    jaxMs: 16.5,
    torchMs: 66,
  };
  const alone = { ...row, natsMs: null, jaxMs: null, torchMs: null };
  assert.deepEqual(wholeTable([row, alone]).split("\n"), [
    "preset             sequences  engine ms  library  local  nats   JAX  PyTorch  local / library  nats − library  JAX / local  PyTorch / local",
    "original-ntm-copy         16       5.00     6.00   6.60  8.50  16.5     66.0             1.10            2.50         2.50            10.00",
    "original-ntm-copy         16       5.00     6.00   6.60                                  1.10",
  ]);
});
