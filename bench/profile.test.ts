import assert from "node:assert/strict";
import { test } from "node:test";
import { type Profile, sharesOf } from "./profile.ts";

const frame = (id: number, functionName: string, url: string, children: number[] = []) => ({
  ...{ id, children },
  callFrame: { functionName, url },
});

/** A handler that hashes, and calls the core; and a thread that waits. */
const profile: Profile = {
  nodes: [
    frame(1, "(root)", "", [2, 6]),
    frame(2, "onStreamRead", "node:internal/stream_base_commons", [3, 4]),
    frame(3, "hashOf", "file:///x/libs/protocol/src/hash.ts", [5]),
    frame(4, "handle", "file:///x/services/coordinator/src/core/core.ts"),
    frame(5, "update", "node:internal/crypto/hash"),
    frame(6, "(idle)", ""),
  ],
  startTime: 1000,
  samples: [2, 5, 4, 6, 3],
  timeDeltas: [10, 20, 30, 1000, 40],
};

test("sharesOf() counts a sample for the innermost function that it knows, and leaves out idle time", () => {
  const shares = sharesOf([profile], 0, Number.POSITIVE_INFINITY);
  assert.deepEqual(
    [...shares],
    [
      ["hashing", 0.6],
      ["deciding", 0.3],
      ["receiving", 0.1],
    ],
  );
});

test("sharesOf() counts only samples between two moments, of all threads", () => {
  const shares = sharesOf([profile, profile], 1030, 1060);
  assert.deepEqual(
    [...shares],
    [
      ["deciding", 0.6],
      ["hashing", 0.4],
    ],
  );
});
