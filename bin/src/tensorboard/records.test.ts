import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32c } from "./crc32c.ts";
import { record, recordsIn } from "./records.ts";

test("crc32c() gives the check value of the polynomial, and those of RFC 3720", () => {
  assert.equal(crc32c(Buffer.from("123456789")), 0xe3069283);
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
});

test("recordsIn() gives the records, up to one that is torn or damaged", () => {
  const contents = [Buffer.from("one"), Buffer.alloc(0), Buffer.alloc(300, 7)];
  const file = Buffer.concat(contents.map(record));
  const read = (bytes: Uint8Array) => [...recordsIn(bytes)].map((content) => Buffer.from(content));
  assert.deepEqual(read(file), contents);
  for (const cut of [1, 4, 200, 304, 310])
    assert.deepEqual(read(file.subarray(0, -cut)), contents.slice(0, 2));
  for (const at of [0, 9, 13, 16]) {
    const damaged = Buffer.from(file);
    damaged[at]! ^= 1;
    assert.deepEqual(read(damaged), []);
  }
});
