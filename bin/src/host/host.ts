/** Runs all actors of a run in one process. They are the actors of a cluster, on a bus in memory or over NATS. */

import { main as coordinate } from "@memnet/coordinator";
import { main as makeBatches } from "@memnet/data-env";
import { messages, subjects } from "@memnet/protocol";
import {
  type ConnectionSettings,
  joinAsLeaf,
  type LogLevel,
  type LogLine,
  MemoryNetwork,
  serveSocket,
} from "@memnet/service";
import { listGpus } from "@memnet/service/gpus";
import { complain, connectOperator, onceServed, type Told } from "@memnet/terminal";
import { main as train } from "@memnet/trainer";
import { usesGpu } from "memnet";
import { watchRun } from "../watch.ts";
import { serveHealth, settingsOn } from "./actor-settings.ts";
import { Actors } from "./actors.ts";
import { startEvaluator } from "./evaluator.ts";
import type { HostPlan } from "./plan.ts";
import { trainerProcess } from "./trainer-process.ts";

/** What a host and a hub need beside their plans. */
export interface HostSettings {
  readonly machine: string;
  readonly logLevel: LogLevel;
  readonly version: string;
  /** The address where metrics are served. */
  readonly metricsHost: string;
  /** Further names by which scrapers reach them. */
  readonly metricsNames: readonly string[];
  /** Receives every log line of every actor. */
  readonly onLogLine: (line: LogLine) => void;
  /** The address of NATS, for a run whose messages travel over it. */
  readonly connection: ConnectionSettings;
  /** Called once a host's run is open, or a hub serves. */
  readonly tell: (told: Told) => void;
}

/** Returns when the run is over or the signal is aborted. @returns the coordinator's exit code */
export async function host(plan: HostPlan, settings: HostSettings, signal: AbortSignal): Promise<number> {
  const { tell, connection: nats, onLogLine } = settings;
  const { run, config, initial, joins, metricsPort, socket } = plan;
  const { steps, trainers, dataEnvs } = config.operation;
  const gpus = trainers > 1 && usesGpu(config.training.engine) ? listGpus().length : 0;
  // If there are several GPUs, each trainer is a process of its own, which joins the network through the socket.
  const network = socket === null || joins ? null : new MemoryNetwork({ isLocal: gpus <= 1 });
  await using _joinable = network && (await serveSocket(network, socket!));
  await using leaf = socket !== null && joins ? await onceServed(() => joinAsLeaf(socket)) : null;
  const connection = network ?? leaf ?? nats;
  await using operator = await connectOperator(connection);
  const watch = joins ? null : watchRun(operator.messenger, { run, steps, series: plan.series });
  const actors = new Actors();
  await using health = await serveHealth("host", metricsPort, settings);
  const common = settingsOn(connection, health, settings);
  const ports = { port: 0, metricsPort: health.port };
  const onServed = (served: number) => {
    ports.port = served;
  };
  const opened = operator.messenger.hear(messages.announce, subjects.announce, (announced) => {
    if (announced.run !== run) return;
    opened.stop();
    tell({ connected: true, ports });
  });
  if (!joins) startEvaluator(actors, plan, common("evaluator"), onServed);
  for (let number = 1; number <= dataEnvs; number++)
    actors.start("data-env", (stop) => makeBatches(common(`data-env-${number}`), stop));
  for (let number = 1; number <= trainers; number++) {
    if (gpus > 1) {
      const device = (number - 1) % gpus;
      actors.start("trainer", (stop) => trainerProcess({ run, device, socket, onLogLine, complain }, stop));
      continue;
    }
    const alone = trainers === 1 && connection !== nats;
    const computing = { run, device: null, ownThread: number > 1, alone };
    actors.start("trainer", (stop) => train({ ...common(`trainer-${number}`), ...computing }, stop));
  }
  const owning = {
    ...common("coordinator"),
    ...{ run, fresh: false, config, initial, exitAtEnd: true, stoppedIsDone: true },
    // Over NATS, idle trainers elsewhere may help.
    joinable: socket === null,
  };
  const led = actors.lead("coordinator", (stop) => coordinate(owning, stop), signal);
  const lost = leaf?.lost.then(() => {
    throw new Error("The evaluator's process is gone");
  });
  lost?.catch(() => {});
  const code = await Promise.race([led, ...(lost ? [lost] : [])]);
  watch?.stop();
  await actors.stop("trainer", "data-env");
  // The evaluator stops last, once all that it received is on the disk.
  await actors.stop("evaluator");
  return code;
}
