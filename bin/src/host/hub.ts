/** Runs the evaluator and the page of a runs folder in one process, whose network the hosts of several runs join. */

import { once } from "node:events";
import { createMetrics, MemoryNetwork, serveSharedHealth, serveSocket, silentLog } from "@memnet/service";
import { Actors } from "./actors.ts";
import { startEvaluator } from "./evaluator.ts";
import type { HostSettings } from "./host.ts";
import { type HubPlan, metricsPortDefault } from "./plan.ts";

/** Returns when the signal is aborted and all that the evaluator received is on the disk. */
export async function hub(
  plan: HubPlan,
  { tell, connection: nats, ...surroundings }: HostSettings,
  signal: AbortSignal,
): Promise<void> {
  const { socket, metricsPort } = plan;
  const network = socket === null ? null : new MemoryNetwork({ isLocal: false });
  await using _joinable = network && (await serveSocket(network, socket!));
  const actors = new Actors();
  await using health = await serveSharedHealth({
    port: metricsPort,
    usualPort: metricsPortDefault,
    metrics: createMetrics({ service: "hub" }),
    log: silentLog,
  });
  const settings = {
    ...surroundings,
    connection: network ?? nats,
    metricsPort: null,
    metricsHost: "127.0.0.1",
    shared: { health, metricsPath: "/metrics/evaluator" },
  };
  const onServed = (port: number) => tell({ connected: true, ports: { port, metricsPort: health.port } });
  startEvaluator(actors, plan, settings, onServed);
  if (!signal.aborted) await Promise.race([once(signal, "abort"), actors.failure]);
  await actors.stop("evaluator");
}
