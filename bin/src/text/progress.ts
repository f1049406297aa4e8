/** The text that `train` prints while it trains: a progress line, and one line for each evaluation. */

import { duration, figure, lossText, share, whole } from "@memnet/terminal";

/** A run as announced by its coordinator. */
export interface Announced {
  readonly state: string;
  readonly step: number;
  /** The number of steps that made no update. */
  readonly skipped: number;
  /** In nats per sequence. */
  readonly loss: number | null;
  readonly stepsPerSecond: number;
  readonly trainers: number;
  readonly waitsFor: string | null;
}

export interface Evaluated {
  readonly step: number;
  readonly split: string;
  readonly lossBits: number;
  readonly wrongBits: number;
  readonly exact: number;
  /** In nats; null if the task has no floor. */
  readonly floor: number | null;
}

/** The position of a run in the sequence of `--seeds`. */
export interface Turn {
  readonly seed: number;
  /** Counted from 1. */
  readonly at: number;
  readonly of: number;
}

export interface Progress {
  /** Null if the run is the only one. */
  readonly turn: Turn | null;
  readonly steps: number;
  readonly announced: Announced | null;
  /** The newest evaluation on the validation stream. */
  readonly validation: Evaluated | null;
  /** How long the run has waited for the same thing; 0 if it does not wait. */
  readonly waitedSeconds: number;
  /** The time since the run was last heard from. */
  readonly silentSeconds: number;
}

/** A coordinator announces every second, and several announcements in a row can be late on a busy machine. */
const silentSecondsMax = 5;

export function progressLine(progress: Progress): string {
  const { turn } = progress;
  return turn ? `${turnText(turn)}  ${runLine(progress)}` : runLine(progress);
}

export function turnText({ seed, at, of }: Turn): string {
  return `seed ${seed} (${at} of ${of})`;
}

function runLine({
  steps,
  announced,
  validation,
  waitedSeconds,
  silentSeconds,
}: Omit<Progress, "turn">): string {
  if (!announced) return `starting${silentSeconds >= 1 ? ` (${duration(silentSeconds)})` : ""}`;
  const parts = [`step ${whole(announced.step)}/${whole(steps)}`];
  if (announced.loss !== null) parts.push(`loss ${figure(announced.loss / Math.LN2)} bits`);
  if (validation)
    parts.push(`wrong bits ${figure(validation.wrongBits)}`, `exact ${share(validation.exact)}`);
  if (announced.skipped > 0) parts.push(`${whole(announced.skipped)} without an update`);
  if (silentSeconds > silentSecondsMax) {
    parts.push(`no word from the coordinator for ${duration(silentSeconds)}`);
  } else if (announced.waitsFor !== null) {
    parts.push(`waits for ${announced.waitsFor} (${duration(waitedSeconds)})`);
  } else if (announced.step >= steps) {
    parts.push("finishing");
  } else if (announced.stepsPerSecond > 0) {
    const left = (steps - announced.step) / announced.stepsPerSecond;
    parts.push(`${figure(announced.stepsPerSecond)} steps/s`, `${duration(left)} left`);
  }
  return parts.join("  ");
}

export function evaluationLine({ step, split, lossBits, wrongBits, exact, floor }: Evaluated): string {
  return (
    `evaluation at step ${whole(step)}  ${split.padEnd(10)}  loss ${lossText(lossBits, floor)}  ` +
    `wrong bits ${figure(wrongBits)}  exact ${share(exact)}`
  );
}
