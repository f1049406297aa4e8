import assert from "node:assert/strict";
import { test } from "node:test";
import { type WholeRow, wholeTable } from "./whole-report.ts";

test("wholeTable() compares with the local run, and leaves out peers that are not installed", () => {
  const row: WholeRow = {
    preset: "ntm-copy",
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
    "preset    sequences  engine ms  library  local  nats   JAX  PyTorch  local / library  nats − library  JAX / local  PyTorch / local",
    "ntm-copy         16       5.00     6.00   6.60  8.50  16.5     66.0             1.10            2.50         2.50            10.00",
    "ntm-copy         16       5.00     6.00   6.60                                  1.10",
  ]);
});
