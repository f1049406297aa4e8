/** The text that `verify` prints: its progress and its verdict. */

import { duration, figure, whole } from "@memnet/terminal";
import type { Difference, Replayed, Tally } from "../verify/replay.ts";

interface Under {
  readonly step: number;
  readonly from: number;
  readonly to: number;
  readonly seconds: number;
}

export function verifyingLine({ step, from, to, seconds }: Under): string {
  const stepsPerSecond = (step - from) / seconds;
  const left = duration((to - step) / stepsPerSecond);
  return `step ${whole(step)}/${whole(to)}  ${figure(stepsPerSecond)} steps/s  ${left} left`;
}

interface Verified {
  readonly run: string;
  /** The problems of the lines in metrics.jsonl; empty if there are none. */
  readonly irregular: string;
  readonly replayed: Replayed;
  readonly engine: string;
  /** This machine's fingerprint. */
  readonly fingerprint: string;
}

export function verdictText({ run, irregular, replayed, engine, fingerprint }: Verified): string {
  const { from, to, hashes, files, steps, lost, sha256, differences } = replayed;
  const [first] = differences;
  const title = first
    ? `Run ${run} differs from its record at step ${whole(first.step)}`
    : `Run ${run} is what its configuration gives${irregular === "" ? "" : ", but its record is not whole"}`;
  return [
    title,
    `  steps      ${whole(from)} to ${whole(to)}`,
    `  hashes     ${tallyText(hashes)}`,
    ...(files.compared > 0 ? [`  files      ${tallyText(files)}, to the byte`] : []),
    ...(steps.compared > 0 ? [`  losses     ${tallyText(steps)}, and the gradients' norms`] : []),
    ...(lost > 0
      ? [`  lost       the losses of ${whole(lost)} step${lost === 1 ? "" : "s"}, which are not compared`]
      : []),
    ...(irregular === "" ? [] : [`  record     metrics.jsonl ${irregular}; resuming the run mends that`]),
    `  SHA-256    ${sha256}`,
    `  engine     ${engine}, fingerprint ${fingerprint}`,
    ...differences.flatMap(differenceLines),
  ].join("\n");
}

/** Returns a warning before long work whose result can be foreseen; null if there is no reason for one. */
export function fingerprintWarning(run: string, recorded: string | null, here: string): string | null {
  if (recorded === here) return null;
  return recorded === null
    ? `Run ${run} has no fingerprint recorded: whether this machine computes the same bits is not known (here: ${here})`
    : `Differences are to be expected: this machine computes the probe of run ${run} to other bits than those that ` +
        `trained it, so they compute differently or config.json is another (fingerprint ${recorded} there, ${here} here)`;
}

function tallyText({ agreed, compared }: Tally): string {
  return agreed === compared
    ? `${whole(compared)} compared, all agree`
    : `${whole(agreed)} of ${whole(compared)} agree`;
}

function differenceLines({ step, what, recorded, recomputed, why }: Difference): string[] {
  return [
    "",
    `step ${whole(step)}, ${what}${why === undefined ? "" : `: ${why}`}`,
    `  recorded   ${recorded}`,
    `  recomputed ${recomputed}`,
  ];
}
