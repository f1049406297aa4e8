/**
 * A model of a sweep: each worker trains one run after the other, and sends every evaluation with its checkpoint to the
 * one evaluator, which measures and keeps them in the order in which they come. A run goes at most two snapshots ahead.
 */

import { Agenda, Line } from "./agenda.ts";

export interface SweepModel {
  readonly workers: number;
  /** How long a run computes. */
  readonly runMs: number;
  /** Evaluations of a run, each with a checkpoint. */
  readonly evaluations: number;
  /** The evaluator's processor time for one of them. */
  readonly evaluationMs: number;
  /** From a run's end to the next one's first step: the queue, the run's folder, the process. */
  readonly betweenMs: number;
}

export interface SweepFigures {
  readonly runsPerSecond: number;
  /** How busy the evaluator is, and the workers on the mean, from 0 to 1. */
  readonly evaluatorBusy: number;
  readonly workersBusy: number;
}

const snapshotsAhead = 2;

/** @param runs how many are timed, for each worker, after as many that are not */
export function simulateSweep(model: SweepModel, runs: number): SweepFigures {
  const { workers, runMs, evaluations, evaluationMs, betweenMs } = model;
  const agenda = new Agenda();
  const evaluator = new Line(agenda);
  const partMs = runMs / evaluations;
  let done = 0;
  let computedMs = 0;
  const work = (): void => {
    let [taken, kept, unkept, waits] = [0, 0, 0, false];
    const next = (): void => {
      if (taken === evaluations) return;
      if (unkept > snapshotsAhead) {
        waits = true;
        return;
      }
      agenda.after(partMs, () => {
        computedMs += partMs;
        taken++;
        unkept++;
        evaluator.use(evaluationMs, () => {
          unkept--;
          kept++;
          if (kept === evaluations) {
            done++;
            agenda.after(betweenMs, work);
          } else if (waits) {
            waits = false;
            next();
          }
        });
        next();
      });
    };
    next();
  };
  // Workers do not begin in the same moment.
  for (let worker = 0; worker < workers; worker++) agenda.after((runMs * worker) / workers, work);
  const wanted = workers * runs;
  agenda.pass(() => done >= wanted, Number.POSITIVE_INFINITY);
  const [fromMs, busyMs, computed] = [agenda.now, evaluator.busyMs, computedMs];
  agenda.pass(() => done >= 2 * wanted, Number.POSITIVE_INFINITY);
  const ms = agenda.now - fromMs;
  return {
    runsPerSecond: (1000 * wanted) / ms,
    evaluatorBusy: (evaluator.busyMs - busyMs) / ms,
    workersBusy: (computedMs - computed) / ms / workers,
  };
}
