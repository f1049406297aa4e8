/** Keeps a hub running: the process with the evaluator and the page for runs that train at the same time. */

import {
  begin,
  CommandError,
  complain,
  type Ended,
  endText,
  type HostPorts,
  keepUp,
  type Told,
} from "@memnet/terminal";
import { writeHubPlan } from "../host/plan.ts";
import { memnetPath } from "../program.ts";
import { programTyped } from "../shell.ts";
import type { Site } from "./site.ts";

/** Time to write what the evaluator has received, on a disk that may be slow. */
const stopMsMax = 60_000;

export interface Hub extends AsyncDisposable {
  readonly ports: HostPorts;
  /** Aborted, with the reason, once the hub cannot be kept running. */
  readonly failed: AbortSignal;
}

/**
 * Returns once the hub serves.
 *
 * @param onServing called then, and each time that it serves again after it has died
 * @throws CommandError if it cannot be kept running
 */
export async function startHub(site: Site, env: NodeJS.ProcessEnv, onServing: () => void): Promise<Hub> {
  const { scratch, runsDir, port, metricsPort, socket } = site;
  let ports: HostPorts | undefined;
  const stopping = new AbortController();
  const failing = new AbortController();
  let serves!: (ports: HostPorts) => void;
  let fails!: (error: Error) => void;
  const serving = new Promise<HostPorts>((resolve, reject) => {
    serves = resolve;
    fails = reject;
  });
  const onTold = (told: Told) => {
    if (!("ports" in told) || !told.ports) return;
    ports = told.ports;
    site.served.port = ports.port;
    serves(ports);
    onServing();
  };
  const start = () => {
    // Later processes use the ports of the first one.
    const plan = writeHubPlan(scratch, {
      ...{ runsDir, port, metricsPort, socket, program: programTyped() },
      ...ports,
    });
    return begin(["hub", plan], { program: memnetPath, env, log: "inherit", onTold });
  };
  const onAgain = (ended: Ended) =>
    complain(`The evaluator's process ended ${endText(ended)}; starting it again`);
  const kept = keepUp("evaluator", start, { stopMsMax, onAgain }, stopping.signal).then((outcome) => {
    if (outcome.kind !== "give-up") return;
    const why = `the evaluator's process was not started again, since ${outcome.why}, ${endText(outcome.ended)}`;
    const error = new CommandError(`Cannot train: ${why}`);
    fails(error);
    failing.abort(error);
  });
  return {
    ports: await serving,
    failed: failing.signal,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await kept;
    },
  };
}
