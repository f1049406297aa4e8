import assert from "node:assert/strict";
import { test } from "node:test";
import * as protocol from "@memnet/protocol";
import { isUnderWay } from "./state.ts";

test("isUnderWay() agrees with the protocol's for every state", () => {
  for (const state of ["waiting", "training", "stopped", "ended", "failed"] as const)
    assert.equal(isUnderWay(state), protocol.isUnderWay(state), state);
});
