/** The settings of actors that share a process, and the server of their metrics and health. */

import {
  type Connection,
  createMetrics,
  type SharedHealth,
  serveSharedHealth,
  silentLog,
} from "@memnet/service";
import type { HostSettings } from "./host.ts";
import { metricsPortDefault } from "./plan.ts";

/** @param port 0 takes any free port, null the default one or any free one */
export function serveHealth(
  service: string,
  port: number | null,
  { metricsHost: host, metricsNames: names }: Pick<HostSettings, "metricsHost" | "metricsNames">,
): Promise<SharedHealth> {
  const metrics = createMetrics({ service });
  return serveSharedHealth({ port, usualPort: metricsPortDefault, host, names, metrics, log: silentLog });
}

/** Returns the settings of an actor by its name. */
export function settingsOn(
  connection: Connection,
  health: SharedHealth,
  { machine, logLevel, version, onLogLine, metricsHost }: HostSettings,
) {
  return (name: string) => ({
    ...{ machine, logLevel, version, onLogLine, connection },
    metricsPort: null,
    metricsHost,
    shared: { health, metricsPath: `/metrics/${name}` },
  });
}
