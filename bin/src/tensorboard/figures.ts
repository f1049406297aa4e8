/** A run's records as TensorBoard's events. Pure. */

import { bitsOf } from "@memnet/page/bits";
import { type Columns, secondsUpTo } from "@memnet/page/metrics";
import type { EvaluationLine, StoredConfig } from "@memnet/runs";
import { scheduledRate } from "memnet";
import type { Moment } from "./events.ts";

export interface Scalars {
  readonly at: Moment;
  /** The figures by tag: the split, a slash and the figure's name. Losses are in bits per sequence. */
  readonly scalars: Readonly<Record<string, number>>;
}

/** How many records have been read. */
export interface Cursor {
  readonly steps: number;
  readonly evaluations: number;
}

export const start: Cursor = { steps: 0, evaluations: 0 };

/**
 * Yields the scalars of the steps and evaluations after the cursor. A figure that is missing or not finite has none. Time
 * is that of training, from the creation of the run on: pauses do not count.
 */
export function* scalarsAfter(
  { steps, evaluations }: Cursor,
  columns: Columns,
  config: StoredConfig,
): Generator<Scalars> {
  const { learningRate, schedule } = config.training.optimizer;
  const begun = begunAt(config);
  for (let index = steps; index < columns.steps.length; index++) {
    const step = columns.steps[index]!;
    yield {
      at: { step, time: begun + columns.seconds[index]! },
      scalars: finite({
        "training/loss": bitsOf(columns.losses[index] ?? null),
        "training/gradient norm": columns.gradientNorms[index] ?? null,
        "training/learning rate": scheduledRate(learningRate, schedule, step),
      }),
    };
  }
  for (const line of columns.evaluations.slice(evaluations)) {
    const time = begun + secondsUpTo(columns, line.step);
    yield { at: { step: line.step, time }, scalars: scalarsOf(line) };
  }
}

/** Seconds since 1970 when the run was created. */
export function begunAt({ created }: StoredConfig): number {
  return Date.parse(created) / 1000 || 0;
}

function scalarsOf({ split, lossBits, wrongBits, exact, floor }: EvaluationLine): Scalars["scalars"] {
  return finite({
    [`${split}/loss`]: lossBits,
    [`${split}/wrong bits`]: wrongBits,
    [`${split}/exact`]: exact,
    [`${split}/least possible loss`]: bitsOf(floor ?? null),
  });
}

function finite(figures: Readonly<Record<string, number | null>>): Scalars["scalars"] {
  return Object.fromEntries(
    Object.entries(figures).filter((one): one is [string, number] => Number.isFinite(one[1])),
  );
}
