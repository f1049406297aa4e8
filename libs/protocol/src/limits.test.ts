import assert from "node:assert/strict";
import { test } from "node:test";
import { bodyBytesMax, messageBytesMax, rangeBytesMax } from "./limits.ts";

test("limits keep every message below the 1 MiB of a NATS server's defaults", () => {
  assert.ok(messageBytesMax < 1024 * 1024);
  assert.ok(rangeBytesMax <= bodyBytesMax);
});
