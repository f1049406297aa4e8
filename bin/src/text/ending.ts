/** What `train` says at a run's end. */

import { figure, share, whole } from "./figures.ts";
import type { Summary } from "./summary.ts";

interface Ended {
  readonly run: string;
  readonly folder: string;
  /** The runs folder where it is not the default one. */
  readonly elsewhere: string | null;
  readonly failed: boolean;
  /** As the evaluator left it; null where the run was never made. */
  readonly stored: { readonly state: string; readonly reason: string | null } | null;
  readonly summary: Summary;
  /** The command that goes on with it, in words. */
  readonly again: string;
}

export function endingText({ run, folder, elsewhere, failed, stored, summary, again }: Ended): string {
  const { checkpoint, best } = summary;
  const title = failed ? "The run failed" : stored?.state === "ended" ? "Done" : "Stopped";
  const step = checkpoint ? `at step ${whole(checkpoint.step)}` : "before its first checkpoint";
  return [
    `${title} ${step}`,
    ...(failed && stored?.reason ? [`  reason     ${stored.reason}`] : []),
    ...(checkpoint ? [`  parameters SHA-256 ${checkpoint.sha256}`] : []),
    ...(best
      ? [
          `  best       step ${whole(best.step)}: loss ${figure(best.lossBits)} bits, wrong bits ${figure(best.wrongBits)}, exact ${share(best.exact)}`,
        ]
      : []),
    `  files      ${folder}`,
    ...(title === "Stopped" ? [`  to go on   ${again}`] : []),
    ...(checkpoint ? [`  next       memnet test ${run}${elsewhere ? ` --runs-dir ${elsewhere}` : ""}`] : []),
  ].join("\n");
}
