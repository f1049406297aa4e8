/** The text that `train` prints for runs that train at the same time. */

import { share, whole } from "@memnet/terminal";
import { type Evaluated, evaluationLine } from "./progress.ts";

interface Where {
  readonly runsDir: string;
  readonly port: number;
  readonly metricsPort: number;
}

export function openingOfSeveral(
  runs: number,
  atOnce: number,
  { runsDir, port, metricsPort }: Where,
): string {
  return [
    `${whole(runs)} runs, ${whole(Math.min(runs, atOnce))} at a time`,
    `  files      ${runsDir}`,
    `  page       http://127.0.0.1:${port}`,
    `  metrics    http://127.0.0.1:${metricsPort}/metrics`,
    "",
  ].join("\n");
}

/** A run under way. */
export interface Running {
  readonly run: string;
  readonly step: number;
  readonly steps: number;
}

export function severalLine(over: number, runs: number, running: readonly Running[]): string {
  const each = running.map(({ run, step, steps }) => `${run} ${share(step / steps)}`);
  return [`${whole(over)} of ${whole(runs)} runs are over`, ...each].join("  ");
}

export function evaluationOf(run: string, evaluated: Evaluated): string {
  return `${run}  ${evaluationLine(evaluated)}`;
}
