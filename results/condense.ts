/** Reduces a run's metrics.jsonl, which has a line for every step, to the rows that its curves need. */

import type { EvaluationLine } from "@memnet/runs";
import type { Row } from "./rows.ts";

type Lines = readonly Readonly<Record<string, unknown>>[];

/** Six digits are more than a picture shows, and keep the files small. */
const digits = 6;

/**
 * Returns the rows of each measured step, in ascending order: training (the mean loss since the previous measured
 * step), validation, then the sizes beyond training in the order of the file.
 *
 * @param lines metrics.jsonl; the lines of an evaluation come when it is done, among those of later steps
 */
export function condensed(lines: Lines, sequencesPerStep: number): Row[] {
  const evaluations = lines.filter(({ kind }) => kind === "evaluation") as unknown as EvaluationLine[];
  const steps = [...new Set(evaluations.map(({ step }) => step))].sort((a, b) => a - b);
  const losses = lossesUpTo(steps, lines);
  return steps.flatMap((step, index) => {
    const sequences = step * sequencesPerStep;
    const measured = evaluations
      .filter((line) => line.step === step)
      .sort((a, b) => place(a) - place(b))
      .map((line) => evaluationRow(line, sequences));
    return [trainingRow(losses[index]!, { step, sequences, sequencesPerStep }), ...measured];
  });
}

/**
 * The seconds from a run's first opening to its end; null if it was opened again, and so may have been idle in between,
 * or if an event was lost.
 */
export function wallSeconds(lines: Lines): number | null {
  const times = (event: string) =>
    lines
      .filter((line) => line.kind === "event" && line.event === event)
      .map(({ time }) => Date.parse(String(time)));
  const [opened, ...again] = times("opened");
  const ended = times("ended").at(-1);
  const seconds = again.length > 0 ? Number.NaN : (ended! - opened!) / 1000;
  return Number.isFinite(seconds) ? Math.round(seconds) : null;
}

/**
 * Collects for each of the given steps the losses of the steps after the previous one and up to it. Losses that are not
 * finite are null in the file, and left out.
 */
function lossesUpTo(steps: readonly number[], lines: Lines): number[][] {
  const losses = steps.map((): number[] => []);
  const taken = lines.filter(({ kind }) => kind === "step") as { step: number; loss: number | null }[];
  let at = 0;
  for (const { step, loss } of taken.sort((a, b) => a.step - b.step)) {
    while (at < steps.length && step > steps[at]!) at++;
    if (loss !== null) losses[at]?.push(loss);
  }
  return losses;
}

function trainingRow(
  losses: readonly number[],
  { step, sequences, sequencesPerStep }: { step: number; sequences: number; sequencesPerStep: number },
): Row {
  const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  return {
    step,
    sequences,
    split: "training",
    measured: losses.length * sequencesPerStep,
    lossBits: losses.length > 0 ? rounded(mean / Math.LN2) : null,
    wrongBits: null,
    exact: null,
  };
}

function evaluationRow(line: EvaluationLine, sequences: number): Row {
  return {
    step: line.step,
    sequences,
    split: line.split,
    measured: line.sequences,
    lossBits: rounded(line.lossBits),
    wrongBits: rounded(line.wrongBits),
    exact: rounded(line.exact),
  };
}

/** Sorts validation first, although its line is written after the step's other evaluations. */
function place({ split }: EvaluationLine): number {
  return split === "validation" ? 0 : 1;
}

function rounded(figure: number | null): number | null {
  return figure === null ? null : Number(figure.toPrecision(digits));
}
