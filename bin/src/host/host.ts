/** Runs all actors of a run in one process. They are the actors of a cluster, on a bus in memory or over NATS. */

import { main as coordinate } from "@memnet/coordinator";
import { main as makeBatches } from "@memnet/data-env";
import { main as evaluate } from "@memnet/evaluator";
import { pageHostDefault } from "@memnet/page/port";
import { messages, subjects } from "@memnet/protocol";
import {
  type ConnectionSettings,
  createMetrics,
  type LogLevel,
  type LogLine,
  MemoryNetwork,
  serveSharedHealth,
  serveSocket,
  silentLog,
} from "@memnet/service";
import { listGpus } from "@memnet/service/gpus";
import { complain, connectOperator, type Told } from "@memnet/terminal";
import { main as train } from "@memnet/trainer";
import { usesGpu } from "memnet";
import { evaluatorPage } from "../evaluator-page.ts";
import { watchRun } from "../watch.ts";
import { Actors } from "./actors.ts";
import { type HostPlan, metricsPortDefault } from "./plan.ts";
import { trainerProcess } from "./trainer-process.ts";

export interface HostSettings {
  readonly machine: string;
  readonly logLevel: LogLevel;
  readonly version: string;
  /** Receives every log line of every actor. */
  readonly onLogLine: (line: LogLine) => void;
  /** The address of NATS, for a run whose messages travel over it. */
  readonly connection: ConnectionSettings;
  /** Called once the run is open. */
  readonly tell: (told: Told) => void;
}

/** Returns when the run is over or the signal is aborted. @returns the coordinator's exit code */
export async function host(
  plan: HostPlan,
  { tell, connection: nats, ...surroundings }: HostSettings,
  signal: AbortSignal,
): Promise<number> {
  const { run, config, initial, runsDir, port, metricsPort, socket } = plan;
  const { steps, trainers, dataEnvs } = config.operation;
  const gpus = trainers > 1 && usesGpu(config.training.engine) ? listGpus().length : 0;
  // If there are several GPUs, each trainer is a process of its own, which joins the network through its socket.
  const network = socket === null ? null : new MemoryNetwork({ isLocal: gpus <= 1 });
  const connection = network ?? nats;
  await using _joinable = network && (await serveSocket(network, socket!));
  await using operator = await connectOperator(connection);
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
    tell({ connected: true, ports });
  });
  const page = evaluatorPage({ port, host: pageHostDefault, onServed });
  actors.start("evaluator", (stop) => evaluate({ ...common("evaluator"), runsDir, page }, stop));
  for (let number = 1; number <= dataEnvs; number++)
    actors.start("data-env", (stop) => makeBatches(common(`data-env-${number}`), stop));
  for (let number = 1; number <= trainers; number++) {
    if (gpus > 1) {
      const device = (number - 1) % gpus;
      const { onLogLine } = surroundings;
      actors.start("trainer", (stop) => trainerProcess({ run, device, socket, onLogLine, complain }, stop));
      continue;
    }
    const alone = trainers === 1 && network !== null;
    const computing = { run, device: null, ownThread: number > 1, alone };
    actors.start("trainer", (stop) => train({ ...common(`trainer-${number}`), ...computing }, stop));
  }
  const owning = { ...common("coordinator"), run, fresh: false, config, initial, exitAtEnd: true };
  const code = await actors.lead("coordinator", (stop) => coordinate(owning, stop), signal);
  watch.stop();
  await actors.stop("trainer", "data-env");
  // The evaluator stops last, once all that it received is on the disk.
  await actors.stop("evaluator");
  return code;
}
