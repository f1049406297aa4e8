import assert from "node:assert/strict";
import { test } from "node:test";
import { freeFrom, instantiate, newMemory } from "./module.ts";

const memory = newMemory(64);
const wasm = await instantiate(memory);
const names = ["exp", "log", "tanh", "logistic", "softplus"] as const;
/** In the module's order. */
const functions = [...names, "expBelow"] as const;
type Name = (typeof names)[number];
/** Numbers for one call. */
const most = 1 << 18;
const smallest = 2 ** -149;

function apply(name: (typeof functions)[number], x: Float32Array): Float32Array {
  const floats = new Float32Array(memory.buffer, freeFrom, 2 * most);
  floats.set(x);
  const count = Math.ceil(x.length / 4) * 4;
  wasm.apply(functions.indexOf(name), freeFrom, freeFrom + 4 * most, count);
  return floats.slice(most, most + x.length);
}

/** In float64, in the form that keeps its digits. */
const truth: Record<Name, (x: number) => number> = {
  exp: Math.exp,
  log: Math.log,
  tanh: Math.tanh,
  logistic: (x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x))),
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
};

/** Every `step`-th float from all bit patterns: all sizes, both signs, subnormals. */
function everyFloat(step: number): Float32Array[] {
  const blocks: Float32Array[] = [];
  let bits = new Uint32Array(most);
  let used = 0;
  for (let pattern = 0; pattern < 2 ** 32; pattern += step) {
    bits[used++] = pattern;
    if (used < most) continue;
    blocks.push(new Float32Array(bits.buffer));
    bits = new Uint32Array(most);
    used = 0;
  }
  blocks.push(new Float32Array(bits.buffer, 0, used));
  return blocks;
}

/** The largest error in units in the last place; a subnormal result's unit is the smallest number. */
function worst(name: Name, blocks: readonly Float32Array[]): { ulps: number; at: number } {
  let ulps = 0;
  let at = 0;
  for (const x of blocks) {
    const y = apply(name, x);
    for (let place = 0; place < x.length; place++) {
      const exact = truth[name](x[place]!);
      const got = y[place]!;
      const rounded = Math.fround(exact);
      if (Object.is(got, rounded) || got === rounded) continue;
      if (Number.isNaN(rounded) && Number.isNaN(got)) continue;
      const unit = Math.max(2 ** (Math.floor(Math.log2(Math.abs(exact))) - 23), smallest);
      const error = Math.abs(got - exact) / unit;
      if (!(error <= ulps)) {
        ulps = error;
        at = x[place]!;
      }
    }
  }
  return { ulps, at };
}

const bounds: Record<Name, number> = { exp: 1, log: 1, tanh: 1.5, logistic: 2.5, softplus: 2 };
const floats = everyFloat(4099);

for (const name of names) {
  test(`${name}() is within ${bounds[name]} units in the last place on floats of every size`, () => {
    const { ulps, at } = worst(name, floats);
    assert.ok(ulps <= bounds[name], `${ulps} at ${at}`);
  });

  test(`${name}() is within ${bounds[name]} units in the last place where models use it`, () => {
    const x = Float32Array.from({ length: most }, (_, place) => {
      const share = (place + 0.5) / most;
      return name === "log" ? 1e-6 * 2e6 ** share : 220 * share - 110;
    });
    const { ulps, at } = worst(name, [x]);
    assert.ok(ulps <= bounds[name], `${ulps} at ${at}`);
  });
}

test("the functions are exact at their edges", () => {
  const infinity = Number.POSITIVE_INFINITY;
  const largest = 3.4028234663852886e38;
  const x = Float32Array.of(
    0,
    -0,
    infinity,
    -infinity,
    Number.NaN,
    largest,
    -largest,
    smallest,
    -smallest,
    1,
  );
  const nan = Number.NaN;
  const values = (name: Name) => Array.from(apply(name, x)).slice(0, 9);
  assert.deepEqual(values("exp"), [1, 1, infinity, 0, nan, infinity, 0, 1, 1]);
  assert.deepEqual(values("log").slice(0, 7), [
    -infinity,
    -infinity,
    infinity,
    nan,
    nan,
    Math.fround(Math.log(largest)),
    nan,
  ]);
  assert.deepEqual(values("tanh"), [0, 0, 1, -1, nan, 1, -1, smallest, -smallest]);
  assert.deepEqual(values("logistic"), [0.5, 0.5, 1, 0, nan, 1, 0, 0.5, 0.5]);
  const half = Math.fround(Math.LN2);
  assert.deepEqual(values("softplus"), [half, half, infinity, 0, nan, largest, 0, half, half]);
  assert.equal(apply("log", Float32Array.of(1))[0], 0);
});

test("expBelow() gives the bits of exp() on all that is at most 0", () => {
  const used = Float32Array.from({ length: most }, (_, place) => (-110 * (place + 0.5)) / most);
  for (const x of [...floats, used, Float32Array.of(0, -0, Number.NaN, Number.NEGATIVE_INFINITY)]) {
    const below = x.map((value) => (value > 0 ? -value : value));
    assert.deepEqual(apply("expBelow", below), apply("exp", below));
  }
});

test("the module's constants end before the plan begins", () => {
  assert.ok(wasm.constantsEnd() <= freeFrom, `${wasm.constantsEnd()}`);
});
