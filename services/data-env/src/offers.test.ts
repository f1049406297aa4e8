import assert from "node:assert/strict";
import { test } from "node:test";
import { Offers } from "./offers.ts";

function offers() {
  const withdrawn: string[] = [];
  return { withdrawn, offers: new Offers({ withdraw: (name) => void withdrawn.push(name) }) };
}

test("Offers.name() withdraws the oldest of 64 names", () => {
  const { offers: made, withdrawn } = offers();
  for (let index = 0; index < 66; index++) assert.equal(made.name(600_000), `batch-${index}`);
  assert.deepEqual(withdrawn, ["batch-0", "batch-1"]);
});

test("Offers.name() withdraws answers that together take more than 256 MiB", () => {
  const { offers: made, withdrawn } = offers();
  const mebibyte = 1024 * 1024;
  for (const size of [100, 100, 56]) made.name(size * mebibyte);
  assert.deepEqual(withdrawn, []);
  made.name(150 * mebibyte);
  assert.deepEqual(withdrawn, ["batch-0", "batch-1"]);
});
