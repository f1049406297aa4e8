import assert from "node:assert/strict";
import { test } from "node:test";
import { episodeQuery, pointsQuery } from "./queries.ts";

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
