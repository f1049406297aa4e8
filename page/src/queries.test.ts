import assert from "node:assert/strict";
import { test } from "node:test";
import { episodeQuery, partQuery, pointsQuery } from "./queries.ts";

test("episodeQuery() accepts an episode's parameters, and sizes of any name", () => {
  const query = { step: "500", seed: "9007199254740991", episode: "3", length: "20" };
  assert.deepEqual(episodeQuery(query), {
    step: 500,
    seed: Number.MAX_SAFE_INTEGER,
    episode: 3,
    sizes: { length: 20 },
  });
});

for (const [changed, message] of [
  [{ step: "-1" }, /^Cannot use step: it must be a whole number from 0 to 9007199254740991, got "-1"$/],
  [{ seed: "1e3" }, /^Cannot use seed: .* got "1e3"$/],
  [{ seed: "9007199254740992" }, /^Cannot use seed: /],
  [{ episode: "2147483648" }, /^Cannot use episode: .* to 2147483647, got "2147483648"$/],
  [{ length: "0" }, /^Cannot use length: it must be a whole number from 1 to 1000000, got "0"$/],
  [{ length: "9".repeat(1000) }, /^Cannot use length: .{0,200}$/],
] as const) {
  test(`episodeQuery() refuses ${JSON.stringify(changed).slice(0, 40)}`, () => {
    const query = { step: "1", seed: "1", episode: "0", ...changed };
    assert.throws(() => episodeQuery(query), { name: "RangeError", message });
  });
}

test("episodeQuery() names what is missing", () => {
  assert.throws(() => episodeQuery({ step: "1", seed: "1" }), {
    message: /^Cannot use episode: .* got nothing$/,
  });
});

test("pointsQuery() has a default and bounds", () => {
  assert.equal(pointsQuery(undefined), 1000);
  assert.equal(pointsQuery("10"), 10);
  assert.throws(() => pointsQuery("5001"), RangeError);
  assert.throws(() => pointsQuery("9"), RangeError);
});

test("partQuery() takes a part of an axis, and nothing as all of it", () => {
  assert.equal(partQuery({ x: "time" }), null);
  assert.deepEqual(partQuery({ zoom: "0..20.5" }), { across: "steps", span: [0, 20.5] });
  assert.deepEqual(partQuery({ x: "time", zoom: "3..4" }), { across: "time", span: [3, 4] });
  for (const [query, message] of [
    [{ x: "epochs", zoom: "3..4" }, /^Cannot use x: it must be one of steps, sequences, time, got "epochs"$/],
    [{ zoom: "4..3" }, /^Cannot use zoom: it must be a part such as 100\.\.200, got "4\.\.3"$/],
    [{ zoom: "" }, /^Cannot use zoom: /],
    [{ zoom: "-1..3" }, /^Cannot use zoom: /],
  ] as const) {
    assert.throws(() => partQuery(query), { name: "RangeError", message });
  }
});
