import assert from "node:assert/strict";
import { test } from "node:test";
import { Serial } from "./serial.ts";

test("Serial.do() runs work one piece at a time, even after one has failed", async () => {
  const serial = new Serial("run mine", 10);
  const done: number[] = [];
  let inside = 0;
  const piece = (at: number) => async () => {
    assert.equal(++inside, 1);
    await new Promise((resolve) => setImmediate(resolve));
    inside--;
    if (at === 1) throw new Error("one");
    done.push(at);
    return at;
  };
  const results = await Promise.allSettled([0, 1, 2].map((at) => serial.do(piece(at))));
  assert.deepEqual(done, [0, 2]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  );
});

test("Serial.do() refuses more work than its limit, and accepts it again once there is room", async () => {
  const serial = new Serial("run mine", 1);
  const first = serial.do(async () => 1);
  await assert.rejects(
    serial.do(async () => 2),
    { code: "BUSY", message: /1 requests for run mine wait already/ },
  );
  assert.equal(await first, 1);
  assert.equal(await serial.do(async () => 3), 3);
});

test("Serial.idle() resolves once all work is done", async () => {
  const serial = new Serial("run mine", 10);
  let done = false;
  void serial.do(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    done = true;
  });
  await serial.idle();
  assert.equal(done, true);
});
