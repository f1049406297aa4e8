/** The text that `train` prints at the end of a run. */

import { figure, lossText, share, whole } from "@memnet/terminal";
import type { Summary } from "./summary.ts";

interface Ended {
  readonly run: string;
  readonly folder: string;
  readonly failed: boolean;
  /** The number of steps requested. */
  readonly steps: number;
  /** Nothing was started, because the run had ended before. */
  readonly wasOver: boolean;
  /** The state as the evaluator stored it; null if the run was never created. */
  readonly stored: { readonly state: string; readonly reason: string | null } | null;
  readonly summary: Summary;
  /** The loss, in nats per sequence, of a model that guesses. */
  readonly guessing: number;
  /** The command that resumes the run. */
  readonly again: string;
  /** The command that shows what the run has learned. */
  readonly next: string;
}

export function endingText(ended: Ended): string {
  const { folder, failed, stored, summary, again, next } = ended;
  const { checkpoint, best, audited } = summary;
  const reason = stored?.reason;
  return [
    titleOf(ended),
    ...(failed && reason ? [`  reason     ${reason}`] : []),
    ...remarks(ended),
    ...(checkpoint ? [`  SHA-256    ${checkpoint.sha256}`] : []),
    ...(best
      ? [
          `  best       step ${whole(best.step)}: loss ${lossText(best.lossBits, best.floor)}, wrong bits ${figure(best.wrongBits)}, exact ${share(best.exact)}`,
        ]
      : []),
    ...(checkpoint && audited < checkpoint.step
      ? [`  unaudited  from step ${whole(audited + 1)}: no other trainer checked it; \`verify\` checks all`]
      : []),
    `  files      ${folder}`,
    ...(!failed && stored?.state !== "ended" ? [`  to resume  ${again}`] : []),
    ...(checkpoint ? [`  next       ${next}`] : []),
  ].join("\n");
}

/** The same in one line, for a run among others. */
export function endingLine(ended: Ended): string {
  const { run, failed, stored, summary, again } = ended;
  const { best, checkpoint } = summary;
  const figures = best
    ? [`best step ${whole(best.step)}: wrong bits ${figure(best.wrongBits)}, exact ${share(best.exact)}`]
    : [];
  const hash = checkpoint ? [`SHA-256 ${checkpoint.sha256.slice(0, 16)}…`] : [];
  const reason = failed && stored?.reason ? [stored.reason] : [];
  const next = !failed && stored?.state !== "ended" ? [`to resume: ${again}`] : [];
  return [`${run}: ${titleOf(ended)}`, ...reason, ...figures, ...hash, ...next].join("  ");
}

/** How a run has ended, as JSON. */
export interface EndingRecord {
  readonly run: string;
  readonly folder: string;
  readonly state: string;
  /** Why it is not over, or has failed; null otherwise. */
  readonly reason: string | null;
  /** The step of the newest checkpoint, and the SHA-256 of its parameters; null before the first. */
  readonly step: number | null;
  readonly sha256: string | null;
  /** The best on the validation stream; losses in nats per sequence, but for lossBits. */
  readonly best: Summary["best"];
  readonly skipped: number;
  readonly divergedTo: number | null;
}

export function endingRecord(
  run: string,
  folder: string,
  { state, reason }: { readonly state: string; readonly reason: string | null },
  { checkpoint, best, skipped, divergedTo }: Summary,
): EndingRecord {
  const { step, sha256 } = checkpoint ?? { step: null, sha256: null };
  return { run, folder, state, reason, step, sha256, best, skipped, divergedTo };
}

function titleOf({ run, failed, steps, wasOver, stored, summary: { checkpoint } }: Ended): string {
  const at = checkpoint ? `at step ${whole(checkpoint.step)}` : "before its first checkpoint";
  if (wasOver) {
    const why = stored?.reason
      ? `: ${stored.reason}`
      : `, and --steps asks for ${whole(steps)}; a larger number trains on`;
    return `Nothing to train: run ${run} has ended ${at}${why}`;
  }
  if (failed) return `The run failed ${at}`;
  if (stored?.state !== "ended") return `Stopped ${at}`;
  const beyond = checkpoint !== null && checkpoint.step > steps;
  return `Done ${at}${beyond ? `, which is beyond the ${whole(steps)} steps asked for: none was trained` : ""}`;
}

/** Points out what the figures alone would hide. */
function remarks({ failed, summary: { checkpoint, skipped, divergedTo }, guessing }: Ended): string[] {
  const tried = "a smaller optimizer.learningRate may help";
  const isReason = failed && skipped === checkpoint?.step;
  return [
    ...(skipped > 0 && !isReason
      ? [
          `  skipped    ${whole(skipped)} of ${whole(checkpoint?.step ?? skipped)} steps made no update, since their loss or gradient was not finite; ${tried}`,
        ]
      : []),
    ...(divergedTo !== null
      ? [
          `  diverged   loss ${figure(divergedTo / Math.LN2)} bits in the last steps, where guessing gives ${figure(guessing / Math.LN2)}; ${tried}`,
        ]
      : []),
  ];
}
