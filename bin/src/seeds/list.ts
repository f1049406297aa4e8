/** Parses the list of seeds: `--seeds 1..3` or `--seeds 1,5,9`. */

import { sweepSeedsMax } from "@memnet/protocol";
import { UsageError } from "@memnet/terminal";

/** @throws UsageError stating the rule and the value */
export function parseSeeds(text: string): number[] {
  const seeds = text.split(",").flatMap((part) => seedsOf(part.trim(), text));
  const again = seeds.find((seed, index) => seeds.indexOf(seed) !== index);
  if (again !== undefined) throw refusal(`it must name each seed once, and has ${again} twice`, text);
  if (seeds.length > sweepSeedsMax) throw tooMany(text);
  return seeds;
}

function seedsOf(part: string, text: string): number[] {
  const [, first, last = first] = /^(\d+)(?:\.\.(\d+))?$/.exec(part) ?? [];
  const [lo, hi] = [Number(first), Number(last)];
  if (!Number.isSafeInteger(lo) || !Number.isSafeInteger(hi)) {
    throw refusal("it must be whole numbers up to 2⁵³ − 1 and ranges, as in 1..3 or 1,5,9", text);
  }
  if (lo > hi) throw refusal("a range's first number must not be above its second", text);
  if (hi - lo >= sweepSeedsMax) throw tooMany(text);
  return Array.from({ length: hi - lo + 1 }, (_, index) => lo + index);
}

function tooMany(text: string): UsageError {
  return refusal(`it must name at most ${sweepSeedsMax} seeds`, text);
}

function refusal(rule: string, text: string): UsageError {
  return new UsageError(`Cannot use --seeds: ${rule}, got ${JSON.stringify(text)}`);
}
