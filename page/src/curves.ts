/** Converts a run's lines to the curves of its page, and to CSV. */

import type { EvaluationLine } from "@memnet/runs";
import { csvRow } from "./csv.ts";
import { type Columns, countUntil, secondsUpTo } from "./metrics-file.ts";
import type { Curves, SplitCurve } from "./shared/api.ts";
import { bitsOf } from "./shared/bits.ts";
import type { Part } from "./shared/part.ts";
import { everyNth, thinned } from "./shared/thin.ts";

export interface Cursor {
  readonly file: string;
  readonly steps: number;
  readonly evaluations: number;
  readonly events: number;
}

/** @param after includes only later lines; undefined includes all */
export function curvesOf(run: string, columns: Columns, points: number, after?: Cursor): Curves {
  const { steps, losses, gradientNorms, seconds, evaluations, events } = columns;
  const from = after?.steps ?? 0;
  const training = thinned(steps, losses, points, from);
  const { means, lows, highs } = thinned(steps, gradientNorms, points, from);
  const upTo = (step: number) => secondsUpTo(columns, step);
  return {
    run,
    cursor: cursorText(endOf(columns)),
    training: {
      steps: training.steps,
      means: training.means.map(bitsOf),
      lows: training.lows.map(bitsOf),
      highs: training.highs.map(bitsOf),
    },
    gradients: { means, lows, highs },
    seconds: thinned(steps, seconds, points, from).highs.map((end) => end ?? 0),
    splits: splitCurves(evaluations.slice(after?.evaluations ?? 0), points, upTo),
    events: after ? newest(events, columns.eventCount - after.events) : events,
    audited: columns.audited,
  };
}

/** Returns the lines of a part of the horizontal axis, without events. */
export function within(columns: Columns, { across, span }: Part, sequencesPerStep: number): Columns {
  const { steps, seconds } = columns;
  const places = across === "time" ? seconds : steps;
  const unit = across === "sequences" ? sequencesPerStep : 1;
  const from = countUntil(places, (place) => place * unit >= span[0]);
  const end = countUntil(places, (place) => place * unit > span[1]);
  // Step 0 is measured too, and has no line of its own.
  const [first, last] = [from === 0 ? 0 : steps[from]!, steps[end - 1] ?? 0];
  return {
    ...columns,
    steps: steps.slice(from, end),
    losses: columns.losses.slice(from, end),
    gradientNorms: columns.gradientNorms.slice(from, end),
    seconds: seconds.slice(from, end),
    evaluations: columns.evaluations.filter(({ step }) => step >= first && step <= last),
    events: [],
  };
}

function newest<T>(row: readonly T[], count: number): readonly T[] {
  return row.slice(Math.max(0, row.length - count));
}

function endOf({ file, steps, evaluations, eventCount }: Columns): Cursor {
  return { file, steps: steps.length, evaluations: evaluations.length, events: eventCount };
}

export function cursorText({ file, steps, evaluations, events }: Cursor): string {
  return `${file}.${steps}.${evaluations}.${events}`;
}

/** @returns undefined if the text is not a cursor */
export function parseCursor(text: string): Cursor | undefined {
  const counts = /^([\d-]{0,64})\.(\d{1,12})\.(\d{1,12})\.(\d{1,12})$/.exec(text);
  if (!counts) return undefined;
  const [, file = "", steps, evaluations, events] = counts;
  return { file, steps: Number(steps), evaluations: Number(evaluations), events: Number(events) };
}

/** Whether the lines before the cursor are still the beginning of the current ones. */
export function continues(cursor: Cursor, columns: Columns): boolean {
  const end = endOf(columns);
  return (
    cursor.file === end.file &&
    (["steps", "evaluations", "events"] as const).every((count) => cursor[count] <= end[count])
  );
}

/**
 * Groups evaluations by split, each sorted by step, since they arrive in the order in which they finish. Validation
 * comes first, the other splits in the order of the file.
 */
function splitCurves(
  evaluations: readonly EvaluationLine[],
  points: number,
  upTo: (step: number) => number,
): SplitCurve[] {
  const bySplit = new Map<string, EvaluationLine[]>();
  for (const line of evaluations) {
    const own = bySplit.get(line.split);
    if (own) own.push(line);
    else bySplit.set(line.split, [line]);
  }
  return [...bySplit]
    .sort(([a], [b]) => place(a) - place(b))
    .map(([split, lines]) => {
      const shown = everyNth(
        [...lines].sort((a, b) => a.step - b.step),
        points,
      );
      return {
        split,
        steps: shown.map(({ step }) => step),
        seconds: shown.map(({ step }) => upTo(step)),
        losses: shown.map(({ lossBits }) => lossBits),
        wrongBits: shown.map(({ wrongBits }) => wrongBits),
        exact: shown.map(({ exact }) => exact),
        floor: bitsOf(lines.at(-1)!.floor ?? null),
      };
    });
}

function place(split: string): number {
  return split === "validation" ? 0 : 1;
}

const csvHead = "step,split,sequences,loss,loss_bits,wrong_bits,exact\n";

/** Yields the CSV in pieces, so that a long run's is never in memory as a whole. Losses are in nats per sequence. */
export function* csvPieces(
  { steps, losses, evaluations }: Pick<Columns, "steps" | "losses" | "evaluations">,
  sequencesPerStep: number,
): Generator<string> {
  yield csvHead;
  const piece = 1000;
  for (let from = 0; from < steps.length; from += piece) {
    const rows = steps.slice(from, from + piece).map((step, index) => {
      const loss = losses[from + index] ?? null;
      const bits = bitsOf(loss);
      return csvRow([step, "training", sequencesPerStep, loss, bits, null, null]);
    });
    yield rows.join("");
  }
  const lines = [...evaluations].sort((a, b) => a.step - b.step || place(a.split) - place(b.split));
  yield lines
    .map((line) =>
      csvRow([line.step, line.split, line.sequences, line.loss, line.lossBits, line.wrongBits, line.exact]),
    )
    .join("");
}
