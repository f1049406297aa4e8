import assert from "node:assert/strict";
import { test } from "node:test";
import { doubtful, failed, findingsText, well, within } from "./finding.ts";

test("findingsText() writes one line per finding, with advice", () => {
  const findings = [
    well("clock", "12:00"),
    doubtful("disk", "5 MB free", "make room"),
    failed("NATS", "a\n b", "c"),
  ];
  assert.deepEqual(findingsText(findings).split("\n"), [
    "ok       clock  12:00",
    "warning  disk   5 MB free → make room",
    "failed   NATS   a b → c",
  ]);
});

test("within() reports a check that hangs, and one that throws", async () => {
  const hung = await within("disk", 10, "see the disk", new Promise(() => {}));
  assert.deepEqual(hung, [failed("disk", "it must be known within 10 ms, and is not", "see the disk")]);
  const [fallen] = await within("disk", 10_000, "see the disk", Promise.reject(new Error("as planned")));
  assert.equal(fallen?.level, "failed");
  assert.match(fallen?.text ?? "", /as planned/);
  assert.deepEqual(await within("disk", 10_000, "", Promise.resolve([well("disk", "good")])), [
    well("disk", "good"),
  ]);
});
