/** What is said of both runs in the end. Pure. */

import type { Harmed } from "./harm.ts";
import type { Options } from "./options.ts";
import { quantile } from "./progress.ts";
import { commonSteps, type RunRecord } from "./record.ts";

export interface QuietRun {
  /** Seconds a step. */
  readonly pace: number;
  /** Steps in all at each full second. */
  readonly everySecond: readonly number[];
  readonly record: RunRecord;
}

export interface Report {
  readonly options: Options;
  /** Before the run with faults, and after it: a machine's pace that drifts meanwhile cancels out. */
  readonly quiet: readonly [before: QuietRun, after: QuietRun];
  readonly harmed: { readonly figures: Harmed; readonly record: RunRecord };
  readonly wrong: readonly string[];
}

/** Of both quiet runs as one. */
function quietPace([before, after]: Report["quiet"]): number {
  return (before.pace + after.pace) / 2;
}

export function lastLine({ quiet, harmed, wrong }: Report): string {
  const { harms } = harmed.figures;
  const lost = harms.map(({ lostSeconds }) => lostSeconds);
  const common = commonSteps(harmed.record, quiet[0].record).length;
  const bits = wrong.length > 0 ? "BITS DIFFER" : `bits agree at ${common} checkpoints`;
  const perFault =
    `lost per fault ${seconds(quantile(lost, 0.5))} (median), ${seconds(quantile(lost, 0.99))} (99th percentile), ` +
    "beyond a pause's own length";
  const { kept, keptBeyond, settled, keptOfSettled, keptOfSettledBeyond } = shares({ quiet, harmed });
  return (
    `${bits}; ${harms.length} faults; ${perFault}; kept of the quiet runs' throughput ${percent(kept)}, without the ` +
    `pauses' own length ${percent(keptBeyond)}; of its own long after each fault, which was ${percent(settled)} of the quiet runs', ` +
    `${percent(keptOfSettled)} and ${percent(keptOfSettledBeyond)}`
  );
}

export function jsonReport(report: Report): string {
  const { options, quiet, harmed, wrong } = report;
  const { pace, paceBeyond, paceSettled, harms, leftOut, everySecond } = harmed.figures;
  const steps = harmed.record.steps.length;
  const figures = {
    steps,
    quietSecondsPerStep: quiet.map(({ pace }) => pace),
    quietEverySecond: quiet.map(({ everySecond }) => everySecond),
    secondsPerStep: pace,
    secondsPerStepBeyond: paceBeyond,
    secondsPerStepSettled: paceSettled,
  };
  const all = { options, ...figures, ...shares(report), sha256: harmed.record.hashes.get(steps) ?? null };
  return `${JSON.stringify({ ...all, leftOut, wrong, harms, everySecond }, null, 2)}\n`;
}

function shares({ quiet, harmed }: Pick<Report, "quiet" | "harmed">) {
  const { pace, paceBeyond, paceSettled } = harmed.figures;
  const undisturbed = quietPace(quiet);
  return {
    kept: undisturbed / pace,
    keptBeyond: undisturbed / paceBeyond,
    settled: undisturbed / paceSettled,
    keptOfSettled: paceSettled / pace,
    keptOfSettledBeyond: paceSettled / paceBeyond,
  };
}

function seconds(value: number): string {
  return `${value.toFixed(2)} s`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
