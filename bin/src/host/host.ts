/** A run's actors in one process: the same ones as on a cluster, on a bus in memory or over NATS. */

import { main as coordinate } from "@memnet/coordinator";
import { main as makeBatches } from "@memnet/data-env";
import { main as evaluate } from "@memnet/evaluator";
import { pageHostDefault } from "@memnet/evaluator/port";
import {
  createMetrics,
  type LogLevel,
  type LogLine,
  MemoryNetwork,
  Messenger,
  serveOperators,
  silentLog,
  systemClock,
} from "@memnet/service";
import { main as train } from "@memnet/trainer";
import { connectOperator, type Operator } from "../operator.ts";
import { watchRun } from "../watch.ts";
import { Actors } from "./actors.ts";
import type { HostPlan } from "./plan.ts";

export interface HostSettings {
  readonly machine: string;
  readonly logLevel: LogLevel;
  readonly version: string;
  /** Takes every line of every actor's log. */
  readonly onLogLine: (line: LogLine) => void;
}

/** Until the run is over or the signal is given. @returns the coordinator's exit code */
export async function host(plan: HostPlan, settings: HostSettings, signal: AbortSignal): Promise<number> {
  const { run, config, initial, runsDir, port, metricsPort } = plan;
  const { steps, trainers, dataEnvs } = config.operation;
  const connection = plan.connection ?? new MemoryNetwork();
  await using _operators =
    connection instanceof MemoryNetwork && plan.socket !== null
      ? await serveOperators(connection, plan.socket)
      : null;
  await using operator = await operatorOn(connection);
  const watch = watchRun(operator.messenger, { run, steps, turn: plan.turn });
  const actors = new Actors();
  const common = { ...settings, connection, metricsPort: null, metricsHost: "127.0.0.1" };
  actors.start("evaluator", (stop) =>
    evaluate({ ...common, metricsPort, runsDir, page: { port, host: pageHostDefault } }, stop),
  );
  for (let index = 0; index < dataEnvs; index++)
    actors.start("data-env", (stop) => makeBatches(common, stop));
  for (let index = 0; index < trainers; index++)
    actors.start("trainer", (stop) => train({ ...common, run, device: null, ownThread: index > 0 }, stop));
  const owning = { ...common, run, fresh: false, config, initial, exitAtEnd: true };
  const code = await actors.lead("coordinator", (stop) => coordinate(owning, stop), signal);
  watch.stop();
  await actors.stop("trainer", "data-env");
  // Until what it was sent is on the disk.
  await actors.stop("evaluator");
  return code;
}

async function operatorOn(
  connection: NonNullable<HostPlan["connection"]> | MemoryNetwork,
): Promise<Operator> {
  if (!(connection instanceof MemoryNetwork)) return connectOperator(connection);
  const bus = connection.connect({ role: "operator" });
  const metrics = createMetrics({ service: "operator", processMetrics: false });
  return {
    messenger: new Messenger({ bus, clock: systemClock, log: silentLog, metrics }),
    [Symbol.asyncDispose]: () => bus.close(),
  };
}
