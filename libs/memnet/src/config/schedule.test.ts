import assert from "node:assert/strict";
import { test } from "node:test";
import { assertSameBytes, golden } from "../testing/golden.ts";
import { cosinePi, scheduleConfig, scheduledRate } from "./schedule.ts";

const file = golden("schedule");
const float64 = (name: string) => file.tensors.get(name)!.data as Float64Array;

test("cosinePi() equals golden cosine bit for bit, and cos π s within 2.2e-16", () => {
  const shares = float64("cosine.s");
  assertSameBytes(Float64Array.from(shares, cosinePi), float64("cosine"), "cosine");
  for (const share of shares) assert.ok(Math.abs(cosinePi(share) - Math.cos(Math.PI * share)) <= 2.3e-16);
});

const rates = [...file.tensors.keys()].filter((name) => name.includes(".lr"));

test("the golden file has rates of each kind", () => {
  assert.deepEqual([...new Set(rates.map((name) => name.split(".")[0]))].sort(), [
    "cosine",
    "linear",
    "none",
  ]);
});

for (const name of rates) {
  test(`scheduledRate() equals golden ${name} bit for bit`, () => {
    const [, decay, warmup, over, to, rate] = /^([a-z]+)\.w(\d+)\.n(\d+)\.r([\d.]+)\.lr([\d.]*)$/.exec(name)!;
    const schedule = scheduleConfig.parse({
      decay,
      warmup: Number(warmup),
      over: Number(over),
      to: Number(to),
    });
    const wanted = float64(name);
    const got = wanted.map((_, index) => scheduledRate(rate === "" ? 1 : Number(rate), schedule, index + 1));
    assertSameBytes(got, wanted, name);
  });
}

test("a constant schedule leaves the rate as it is, and a decay needs its steps", () => {
  const constant = scheduleConfig.parse(undefined);
  for (const step of [1, 2, 1e6]) assert.equal(scheduledRate(3e-3, constant, step), 3e-3);
  const { error } = scheduleConfig.safeParse({ decay: "linear" });
  assert.match(error!.message, /a linear decay needs the number of steps that it takes/);
});
