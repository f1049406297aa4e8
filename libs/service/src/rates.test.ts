import assert from "node:assert/strict";
import { test } from "node:test";
import { Rates } from "./rates.ts";
import { virtualClock } from "./testing.ts";

function takes(rates: Rates, sender: string, times: number, cost = 1): number {
  let taken = 0;
  for (let time = 0; time < times; time++) if (rates.take(sender, cost)) taken++;
  return taken;
}

test("Rates.take() bounds each sender, and fills its bucket as time passes", () => {
  const clock = virtualClock();
  const rates = new Rates(clock, { each: { perSecond: 10, burst: 20 } });
  assert.equal(takes(rates, "a", 100), 20);
  assert.equal(takes(rates, "b", 5), 5, "another sender is not bounded by the first");
  clock.advance(500);
  assert.equal(takes(rates, "a", 100), 5);
  clock.advance(60_000);
  assert.equal(takes(rates, "a", 100), 20);
});

test("Rates.take() bounds all senders together, whatever they call themselves", () => {
  const clock = virtualClock();
  const rates = new Rates(clock, {
    each: { perSecond: 10, burst: 20 },
    all: { perSecond: 100, burst: 50 },
  });
  let taken = 0;
  for (let sender = 0; sender < 20_000; sender++) if (rates.take(`s${sender}`)) taken++;
  assert.equal(taken, 50);
  clock.advance(100);
  assert.equal(takes(rates, "new", 100), 10);
});

test("Rates.take() counts a cost, and takes nothing for what it refuses", () => {
  const clock = virtualClock();
  const rates = new Rates(clock, { each: { perSecond: 1, burst: 1000 } });
  assert.equal(rates.take("run", 1001), false);
  assert.equal(rates.take("run", 600), true);
  assert.equal(rates.take("run", 600), false);
  assert.equal(rates.take("run", 400), true);
});
