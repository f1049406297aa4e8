/** The text that `train` prints while it trains: a progress line, and one line for each evaluation. */

import { brief, duration, figure, lossText, share, whole } from "@memnet/terminal";

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

/** The runs of `--seeds`, seen from one of them: its seed, and its position among them. */
export interface Series {
  readonly seed: number;
  /** Counted from 1. */
  readonly at: number;
  readonly of: number;
}

export interface Progress {
  /** Null if the run is the only one. */
  readonly series: Series | null;
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

/** @param width the number of columns; parts that matter less are left out where it is narrow */
export function progressLine(progress: Progress, width: number): string {
  const { series } = progress;
  const parts = series ? [{ text: seriesText(series), rank: 0 }, ...runParts(progress)] : runParts(progress);
  return fitted(parts, width);
}

export function seriesText({ seed, at, of }: Series): string {
  return `seed ${seed} (${at} of ${of})`;
}

interface Part {
  readonly text: string;
  /** 0 for what is never left out; the part of the highest rank goes first. */
  readonly rank: number;
  /** Whether the part continues the one before it. */
  readonly continues?: true;
}

function runParts({
  steps,
  announced,
  validation,
  waitedSeconds,
  silentSeconds,
}: Omit<Progress, "series">): readonly Part[] {
  if (!announced)
    return [{ text: `starting${silentSeconds >= 1 ? ` (${duration(silentSeconds)})` : ""}`, rank: 0 }];
  const { step, loss, skipped, waitsFor, stepsPerSecond } = announced;
  const parts: Part[] = [{ text: `step ${whole(step)}/${whole(steps)}`, rank: 0 }];
  if (loss !== null) parts.push({ text: `train ${brief(loss / Math.LN2)} bits`, rank: 1 });
  if (validation) {
    parts.push(
      { text: `validation ${brief(validation.wrongBits)} wrong`, rank: 2 },
      { text: ` at ${whole(validation.step)}`, rank: 4, continues: true },
      { text: `, ${share(validation.exact)} exact`, rank: 5, continues: true },
    );
  }
  if (skipped > 0) parts.push({ text: `${whole(skipped)} without an update`, rank: 0 });
  if (silentSeconds > silentSecondsMax) {
    parts.push({ text: `no word from the coordinator for ${duration(silentSeconds)}`, rank: 0 });
  } else if (waitsFor !== null) {
    parts.push({ text: `waits for ${waitsFor} (${duration(waitedSeconds)})`, rank: 0 });
  } else if (step >= steps) {
    parts.push({ text: "finishing", rank: 0 });
  } else if (stepsPerSecond > 0) {
    parts.push(
      { text: `${figure(stepsPerSecond)} steps/s`, rank: 6 },
      { text: `${duration((steps - step) / stepsPerSecond)} left`, rank: 3 },
    );
  }
  return parts;
}

function fitted(parts: readonly Part[], width: number): string {
  const line = parts
    .map(({ text, continues }, index) => (index === 0 || continues ? text : `  ${text}`))
    .join("");
  const last = Math.max(...parts.map(({ rank }) => rank));
  if (line.length <= width || last === 0) return line;
  return fitted(
    parts.filter(({ rank }) => rank !== last),
    width,
  );
}

/** A line of at most 80 columns. The loss of a task with a floor says more than its exact sequences do. */
export function evaluationLine({ step, split, lossBits, wrongBits, exact, floor }: Evaluated): string {
  return [
    `step ${whole(step)}`,
    split.padEnd(10),
    `loss ${lossText(lossBits, floor)}`,
    `wrong bits ${figure(wrongBits)}`,
    ...(floor === null ? [`exact ${share(exact)}`] : []),
  ].join("  ");
}
