/** Keeps a run's host process running until the run is over. */

import {
  begin,
  clearLeftLine,
  complain,
  type Ended,
  endText,
  exitCodes,
  type HostPorts,
  keepUp,
  type Told,
} from "@memnet/terminal";
import { type HostPlan, writePlan } from "../host/plan.ts";
import { memnetPath } from "../program.ts";

/** Time for the snapshot to be acknowledged and written, on a disk that may be slow. */
const stopMsMax = 60_000;

export type RunResult =
  /** The coordinator has ended with exit code 0 or 3. */
  | { readonly kind: "over"; readonly code: number }
  | { readonly kind: "interrupted" }
  | { readonly kind: "give-up"; readonly why: string; readonly code: number };

export interface Supervised {
  readonly plan: HostPlan;
  /** The folder for the plan's file, which only this user can read. */
  readonly scratch: string;
  readonly env: NodeJS.ProcessEnv;
  /** Called once the run is open, with the ports of the first process. Later processes use the same ports. */
  readonly onOpened: (ports: HostPorts) => void;
}

/** Returns when the run is over, is given up, or has been interrupted and has stopped. */
export async function supervised(
  { plan, scratch, env, onOpened }: Supervised,
  interrupted: AbortSignal,
): Promise<RunResult> {
  let ports: HostPorts | undefined;
  const process = plan.joins ? `Run ${plan.run}'s process` : "The run's process";
  const onTold = (told: Told) => {
    if (!("ports" in told) || ports) return;
    ports = told.ports;
    clearLeftLine();
    onOpened(told.ports!);
  };
  const start = () =>
    begin(["host", writePlan(scratch, { ...plan, ...ports })], {
      program: memnetPath,
      env,
      log: "inherit",
      onTold,
    });
  const options = {
    stopMsMax,
    onAgain: (ended: Ended, afterMs: number) => {
      const when = afterMs === 0 ? "at once" : `in ${afterMs} ms`;
      clearLeftLine();
      complain(`${process} ended ${endText(ended)}; starting it again ${when}`);
    },
    onLate: () => {
      complain(`${process} did not end within ${stopMsMax / 1000} s and was killed`);
      complain("The steps since its last checkpoint will be made again.");
    },
  };
  const outcome = await keepUp("host", start, options, interrupted);
  clearLeftLine();
  if (outcome.kind === "stopped") return { kind: "interrupted" };
  const { ended } = outcome;
  if (outcome.kind === "over") return { kind: "over", code: ended.code! };
  // The process has already printed the reason.
  if (ended.code === exitCodes.usage)
    return { kind: "give-up", why: "Cannot train, for the reason above", code: exitCodes.usage };
  const why = `Cannot train: ${plan.joins ? `run ${plan.run}'s` : "the run's"} process was not started again, since ${outcome.why}, ${endText(ended)}`;
  return { kind: "give-up", why, code: exitCodes.failure };
}
