/** Values of every kind that JavaScript has, for fields that expect another one. */

import type { Chance } from "./chance.ts";

const texts = [
  ...["", " ", "\0", "\n\r", "ä😀\ud800", "__proto__", "constructor", "toString", "../../etc/passwd"],
  ...["NaN", "-0", "1e999", "9".repeat(400), "-x", "mine_test", "<script>", "%00", "*", ">", "a.b.>"],
];

const numbers = [
  ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, -1, 0.5, 1e-320],
  ...[2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 40, 2 ** 53, 1e308, Number.MAX_SAFE_INTEGER],
];

/** @param depth how deep lists and objects may still be nested */
export function anything(chance: Chance, depth = 3): unknown {
  switch (chance.whole(0, depth > 0 ? 14 : 8)) {
    case 0:
      return null;
    case 1:
      return undefined;
    case 2:
      return chance.happens(0.5);
    case 3:
      return chance.pick(numbers);
    case 4:
      return chance.whole(0, 2 ** 20);
    case 5:
      return chance.pick(texts);
    case 6:
      return "x".repeat(chance.happens(0.02) ? 70_000 : chance.pick([1, 64, 65, 256, 4097]));
    case 7:
      return chance.pick([2n ** 63n - 1n, -1n, 2n ** 60n]);
    case 8:
      return chance.pick([new Date(0), new Date(Number.NaN), new Uint8Array(5), new Map([[1, 2]]), /x/g]);
    case 9:
      return Array.from({ length: chance.whole(0, 4) }, () => anything(chance, depth - 1));
    case 10:
      return Array(chance.happens(0.02) ? 60_000 : chance.pick([20, 100, 1000])).fill(
        chance.pick([0, null, "a", [0, 1]]),
      );
    case 11:
      return new Set([anything(chance, depth - 1)]);
    case 12:
      return nested(chance.pick([10, 40, 400]));
    default:
      return Object.fromEntries(
        Array.from({ length: chance.whole(0, 4) }, () => [chance.pick(texts), anything(chance, depth - 1)]),
      );
  }
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { event: value };
  return value;
}

/** Changes a copy of a value at a random place: another value, a field more or less. */
export function bent(chance: Chance, value: unknown): unknown {
  if (typeof value !== "object" || value === null || chance.happens(0.25)) return anything(chance);
  if (Array.isArray(value)) {
    const copy: unknown[] = [...value];
    const at = chance.whole(0, copy.length);
    if (at === copy.length) copy.push(anything(chance));
    else if (chance.happens(0.2)) copy.splice(at, 1);
    else copy[at] = bent(chance, copy[at]);
    return copy;
  }
  const keys = Object.keys(value);
  const key = keys.length === 0 ? "extra" : chance.pick(keys);
  const { [key]: own, ...rest } = value as Record<string, unknown>;
  if (chance.happens(0.1)) return rest;
  if (chance.happens(0.1)) return { ...value, [chance.pick(texts)]: anything(chance) };
  return { ...rest, [key]: bent(chance, own) };
}

/** The value as JSON; what JSON cannot write is a very large number, or a text that is nested too deep to be read. */
export function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value, (_, one) => (typeof one === "bigint" ? 1e300 : one)) ?? "null";
  } catch {
    return "[".repeat(100_000);
  }
}
