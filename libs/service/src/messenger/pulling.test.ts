import assert from "node:assert/strict";
import { test } from "node:test";
import { RefusedError } from "@memnet/protocol";
import { DisconnectedError, RequestTimeoutError } from "../bus/bus.ts";
import { virtualClock } from "../testing.ts";
import { Gathered } from "./gathered.ts";
import { pullMissing } from "./pulling.ts";

const partBytes = 4;

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => index * 31);
}

/** An owner whose answers a test gives, in any order. */
function owner(bytes: Uint8Array) {
  const clock = virtualClock();
  const asked: number[] = [];
  const answers = new Map<number, { resolve(part: Uint8Array): void; reject(error: Error): void }>();
  const into = new Gathered(bytes.length, partBytes);
  return {
    into,
    clock,
    asked,
    underWay: () => [...answers.keys()].sort((a, b) => a - b),
    pull: () =>
      pullMissing(into, clock, (offset, length) => {
        assert.equal(length, into.lengthAt(offset));
        asked.push(offset);
        return new Promise((resolve, reject) => answers.set(offset, { resolve, reject }));
      }),
    async answer(...offsets: number[]) {
      for (const offset of offsets) {
        answers.get(offset)!.resolve(bytes.subarray(offset, offset + partBytes));
        answers.delete(offset);
      }
      await settled();
    },
    async fail(error: Error, ...offsets: number[]) {
      for (const offset of offsets) {
        answers.get(offset)!.reject(error);
        answers.delete(offset);
      }
      await settled();
    },
    async pass(ms: number) {
      clock.advance(ms);
      await settled();
    },
  };
}

function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

const late = new RequestTimeoutError("owner", 5000);
const busy = new RefusedError("BUSY", "Too much waits");

test("pullMissing() has eight ranges under way, and takes them in any order", async () => {
  const bytes = pattern(10 * partBytes - 1);
  const scene = owner(bytes);
  const pulling = scene.pull();
  assert.deepEqual(scene.underWay(), [0, 4, 8, 12, 16, 20, 24, 28]);
  await scene.answer(28, 0);
  assert.deepEqual(scene.underWay(), [4, 8, 12, 16, 20, 24, 32, 36]);
  await scene.answer(...scene.underWay().reverse());
  await pulling;
  assert.deepEqual(scene.into.bytes, bytes);
  assert.equal(scene.asked.length, 10);
});

test("pullMissing() asks only for what has not arrived otherwise, also meanwhile", async () => {
  const bytes = pattern(10 * partBytes);
  const scene = owner(bytes);
  for (const offset of [0, 8]) scene.into.add(offset, bytes.subarray(offset, offset + partBytes));
  const pulling = scene.pull();
  assert.deepEqual(scene.underWay(), [4, 12, 16, 20, 24, 28, 32, 36]);
  await scene.answer(...scene.underWay());
  await pulling;
  const more = owner(bytes);
  const another = more.pull();
  more.into.add(36, bytes.subarray(36));
  await more.answer(...more.underWay());
  assert.deepEqual(more.underWay(), [32]);
  await more.answer(32);
  await another;
  assert.deepEqual(more.into.bytes, bytes);
});

test("pullMissing() asks again for a range that was lost, with one range fewer under way", async () => {
  const bytes = pattern(10 * partBytes);
  const scene = owner(bytes);
  const pulling = scene.pull();
  await scene.pass(3000);
  await scene.answer(0);
  await scene.pass(2000);
  await scene.fail(late, 4, 8);
  assert.deepEqual(scene.underWay(), [12, 16, 20, 24, 28, 32]);
  await scene.answer(12);
  assert.deepEqual(scene.underWay(), [16, 20, 24, 28, 32, 36]);
  await scene.answer(...scene.underWay());
  assert.deepEqual(scene.underWay(), [4, 8]);
  await scene.answer(4, 8);
  await pulling;
  assert.deepEqual(scene.into.bytes, bytes);
});

test("pullMissing() fails once nothing has arrived for as long as a range may take", async () => {
  const scene = owner(pattern(3 * partBytes));
  const pulling = scene.pull();
  await scene.pass(1000);
  await scene.answer(0);
  await scene.pass(4000);
  await scene.fail(late, 4);
  assert.deepEqual(scene.underWay(), [8]);
  await scene.pass(1000);
  const failing = assert.rejects(pulling, late);
  await scene.fail(late, 8);
  await failing;
  assert.deepEqual(scene.asked, [0, 4, 8]);
});

test("pullMissing() waits for an owner that has too much to send", async () => {
  const bytes = pattern(3 * partBytes);
  const scene = owner(bytes);
  const pulling = scene.pull();
  await scene.fail(busy, 0, 4, 8);
  assert.deepEqual(scene.underWay(), []);
  await scene.pass(49);
  assert.deepEqual(scene.underWay(), []);
  await scene.pass(1);
  for (const offset of [0, 4, 8]) {
    assert.deepEqual(scene.underWay(), [offset]);
    await scene.answer(offset);
  }
  await pulling;
  assert.deepEqual(scene.into.bytes, bytes);
});

test("pullMissing() fails at once, and asks no further, if a range is refused or the connection lost", async () => {
  for (const error of [new RefusedError("GONE", "No blob"), new DisconnectedError("owner")]) {
    const scene = owner(pattern(20 * partBytes));
    const failing = assert.rejects(scene.pull(), error);
    await scene.fail(error, 8);
    await failing;
    await scene.answer(0, 4);
    assert.equal(scene.asked.length, 8);
  }
});
