/** Formats the final report on both runs. Pure. */

import type { Harmed } from "./harm.ts";
import type { Options } from "./options.ts";
import { quantile } from "./progress.ts";
import { commonSteps, type RunRecord } from "./record.ts";
import type { Watch } from "./watch.ts";

export interface QuietRun {
  /** Seconds per step. */
  readonly pace: number;
  /** The total number of steps at each full second. */
  readonly everySecond: readonly number[];
  readonly record: RunRecord;
}

export interface Report {
  readonly options: Options;
  readonly quiet: QuietRun;
  readonly harmed: { readonly figures: Harmed; readonly record: RunRecord; readonly watch: Watch };
  readonly wrong: readonly string[];
}

export function lastLine({ quiet, harmed, wrong }: Report): string {
  const { harms, kept, keptBeyond } = harmed.figures;
  const lost = harms.map(({ lostSeconds }) => lostSeconds);
  const common = commonSteps(harmed.record, quiet.record).length;
  const bits = wrong.length > 0 ? "BITS DIFFER" : `bits agree at ${common} checkpoints`;
  return (
    `${bits}; ${harms.length} faults; lost per fault ${seconds(quantile(lost, 0.5))} (median), ` +
    `${seconds(quantile(lost, 0.99))} (99th percentile), beyond a pause's own length; kept of the throughput without ` +
    `faults ${percent(kept)}, without the pauses' own length ${percent(keptBeyond)}`
  );
}

export function jsonReport({ options, quiet, harmed, wrong }: Report): string {
  const { harms, kept, keptBeyond, leftOut, everySecond } = harmed.figures;
  const steps = harmed.record.steps.length;
  const runs = { steps, quietSecondsPerStep: quiet.pace, quietEverySecond: quiet.everySecond, everySecond };
  const sha256 = harmed.record.hashes.get(steps) ?? null;
  const all = { options, kept, keptBeyond, sha256, wrong, leftOut, harms, ...runs, ...harmed.watch.figures };
  return `${JSON.stringify(all, null, 2)}\n`;
}

function seconds(value: number): string {
  return `${value.toFixed(2)} s`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
