import assert from "node:assert/strict";
import { test } from "node:test";
import { Permits } from "./permits.ts";

test("Permits.with() does so much at a time, in the order of the calls", async () => {
  const permits = new Permits(2);
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const work = (index: number) =>
    permits.with(async () => {
      begun.push(index);
      await new Promise<void>((resolve) => void ends.push(resolve));
      return index;
    });
  const all = [0, 1, 2, 3].map(work);
  await settled();
  assert.deepEqual(begun, [0, 1]);
  ends[1]!();
  await settled();
  assert.deepEqual(begun, [0, 1, 2]);
  ends[0]!();
  ends[2]!();
  await settled();
  ends[3]!();
  assert.deepEqual(await Promise.all(all), [0, 1, 2, 3]);
});

test("Permits.with() gives a permit back that work failed with", async () => {
  const permits = new Permits(1);
  const failing = permits.with(() => Promise.reject(new Error("no")));
  const next = permits.with(async () => "next");
  await assert.rejects(failing, /^Error: no$/);
  assert.equal(await next, "next");
  assert.equal(await permits.with(async () => "last"), "last");
});

function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
