/** A run's actors in one process: the same ones as on a cluster, on a bus in memory or over NATS. */

import { main as coordinate } from "@memnet/coordinator";
import { main as makeBatches } from "@memnet/data-env";
import { main as evaluate } from "@memnet/evaluator";
import { pageHostDefault } from "@memnet/evaluator/port";
import { messages, subjects } from "@memnet/protocol";
import {
  createMetrics,
  type LogLevel,
  type LogLine,
  MemoryNetwork,
  Messenger,
  serveOperators,
  serveSharedHealth,
  silentLog,
  systemClock,
} from "@memnet/service";
import { main as train } from "@memnet/trainer";
import { connectOperator, type Operator } from "../operator.ts";
import { watchRun } from "../watch.ts";
import { Actors } from "./actors.ts";
import { type HostMessage, type HostPlan, metricsPortDefault } from "./plan.ts";

export interface HostSettings {
  readonly machine: string;
  readonly logLevel: LogLevel;
  readonly version: string;
  /** Takes every line of every actor's log. */
  readonly onLogLine: (line: LogLine) => void;
  /** Called once the run is open. */
  readonly tell: (message: HostMessage) => void;
}

/** Until the run is over or the signal is given. @returns the coordinator's exit code */
export async function host(
  plan: HostPlan,
  { tell, ...surroundings }: HostSettings,
  signal: AbortSignal,
): Promise<number> {
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
  await using health = await serveSharedHealth({
    port: metricsPort,
    usualPort: metricsPortDefault,
    metrics: createMetrics({ service: "host" }),
    log: silentLog,
  });
  const common = (name: string) => ({
    ...surroundings,
    connection,
    metricsPort: null,
    metricsHost: "127.0.0.1",
    shared: { health, metricsPath: `/metrics/${name}` },
  });
  const ports = { port: 0, metricsPort: health.port };
  const onServed = (served: number) => {
    ports.port = served;
  };
  const opened = operator.messenger.hear(messages.announce, subjects.announce, (announced) => {
    if (announced.run !== run) return;
    opened.stop();
    tell({ ports });
  });
  const page = { port, host: pageHostDefault, onServed };
  actors.start("evaluator", (stop) => evaluate({ ...common("evaluator"), runsDir, page }, stop));
  for (let number = 1; number <= dataEnvs; number++)
    actors.start("data-env", (stop) => makeBatches(common(`data-env-${number}`), stop));
  for (let number = 1; number <= trainers; number++) {
    const alone = trainers === 1 && connection instanceof MemoryNetwork;
    const computing = { run, device: null, ownThread: number > 1, alone };
    actors.start("trainer", (stop) => train({ ...common(`trainer-${number}`), ...computing }, stop));
  }
  const owning = { ...common("coordinator"), run, fresh: false, config, initial, exitAtEnd: true };
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
