/** Points drawn at random: `--random N` with a `--range` for each setting. A function of the sweep's seed. Pure. */

import { UsageError } from "@memnet/terminal";
import { Draws, streams } from "memnet";

/** One `--range`. */
export interface Range {
  readonly path: string;
  readonly low: number;
  readonly high: number;
  readonly scale: "linear" | "log";
  /** Whether only whole numbers are drawn: both bounds are written without a point or an exponent. */
  readonly whole: boolean;
}

/** @throws UsageError stating the rule and the text */
export function parseRange(text: string): Range {
  const [, path, lowText, highText, scale = "linear"] =
    /^([^=]+)=([^:]+?)\.\.([^:]+?)(?::(linear|log))?$/.exec(text) ?? [];
  if (path === undefined || lowText === undefined || highText === undefined)
    throw refusal(
      "it must be PATH=LOW..HIGH or PATH=LOW..HIGH:log, as in optimizer.learningRate=1e-4..1e-2:log",
      text,
    );
  if (path === "seed") throw refusal("--seeds names the seeds", text);
  const [low, high] = [Number(lowText), Number(highText)];
  if (!Number.isFinite(low) || !Number.isFinite(high)) throw refusal("its bounds must be numbers", text);
  if (low >= high) throw refusal("its first number must be below its second", text);
  if (scale === "log" && low <= 0) throw refusal("a logarithmic range must lie above 0", text);
  const whole = /^-?\d+$/.test(lowText) && /^-?\d+$/.test(highText);
  // Draws.fraction() has 24 bits.
  if (whole && high - low >= 2 ** 21) throw refusal("a range of whole numbers must span less than 2²¹", text);
  return { path, low, high, scale: scale as Range["scale"], whole };
}

/**
 * Draws the settings of each point, by path, as `--set` takes them. Numbers that need not be whole have four significant
 * digits. A point's value for the n-th range depends on the seed, the point's number, n and that range alone, so that
 * more points leave the earlier ones as they are.
 */
export function drawPoints(ranges: readonly Range[], count: number, seed: number): Record<string, string>[] {
  return Array.from({ length: count }, (_, point) =>
    Object.fromEntries(
      ranges.map((range, at) => [range.path, drawn(range, new Draws(seed, streams.parameters, point, at))]),
    ),
  );
}

function drawn({ low, high, scale, whole }: Range, draws: Draws): string {
  const share = draws.fraction();
  if (whole) {
    // The interval of each whole number is closed below: both bounds are drawn.
    const top = high + 1;
    const value = scale === "linear" ? low + share * (top - low) : low * (top / low) ** share;
    return String(Math.min(high, Math.floor(value)));
  }
  const value = scale === "linear" ? low + share * (high - low) : low * (high / low) ** share;
  return String(Number(value.toPrecision(4)));
}

function refusal(rule: string, text: string): UsageError {
  return new UsageError(`Cannot use --range: ${rule}, got ${JSON.stringify(text)}`);
}
