import assert from "node:assert/strict";
import { test } from "node:test";
import { socketQueues } from "./queues.ts";

test("socketQueues() reads the bytes that wait in open sockets", () => {
  const text = [
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
    "   0: 0100007F:1F90 0100007F:A1B2 01 000003E8:00000010 00:00000000 00000000     0        0 1",
    "   1: 0100007F:0BB8 00000000:0000 0A 00000000:00000080 00:00000000 00000000     0        0 2",
    "",
  ].join("\n");
  assert.deepEqual([...socketQueues(text)], [[8080, { unsent: 1000, unread: 16 }]]);
});
