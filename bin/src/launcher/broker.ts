/** The broker that a launcher brings where NATS_URL names none: nats-server from the PATH, else the embedded one. */

import { accessSync, constants, statSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import type { ServicePlan } from "./services.ts";

export interface BrokerPlan {
  readonly kind: "nats-server" | "embedded";
  readonly url: string;
  readonly plan: ServicePlan;
}

/** nats-server does not know the launcher: beside it waits what ends both when the launcher's end of the pipe closes. */
const guard = 'exec 3<&0; (cat <&3 >/dev/null 2>&1; kill -KILL 0) & exec "$@" 3<&-';

/** On a free port of this machine. */
export async function ownBroker(memnet: string): Promise<BrokerPlan> {
  return brokerPlan(memnet, programOnPath("nats-server", process.env.PATH), await freePort());
}

/** @param natsServer the program's path, null where it is not there */
function brokerPlan(memnet: string, natsServer: string | null, port: number): BrokerPlan {
  const url = `nats://127.0.0.1:${port}`;
  if (natsServer !== null) {
    // Its heap is small beside what it carries: by Go's default a third of its time is the collector's.
    const collector = `GOGC=${process.env.GOGC || 400}`;
    const server = ["env", collector, natsServer, "-a", "127.0.0.1", "-p", String(port)];
    const args = ["-c", guard, "memnet-broker", ...server];
    return {
      kind: "nats-server",
      url,
      plan: { service: "broker", title: "nats-server", command: "/bin/sh", args, ipc: false },
    };
  }
  const args = [memnet, "broker", "--port", String(port)];
  return {
    kind: "embedded",
    url,
    plan: { service: "broker", title: "broker", command: process.execPath, args, ipc: true },
  };
}

/** The program's path where the PATH has it. */
export function programOnPath(name: string, path: string | undefined): string | null {
  for (const folder of (path ?? "").split(delimiter)) {
    const candidate = join(folder || ".", name);
    try {
      accessSync(candidate, constants.X_OK);
      if (statSync(candidate).isFile()) return candidate;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}

/** Whether this machine's port can be opened now. */
export function isPortFree(port: number, host = "127.0.0.1"): Promise<boolean> {
  return openPort(port, host).then(
    () => true,
    () => false,
  );
}

/** The wanted port, or a free one where another process has it. */
export async function portOr(wanted: number): Promise<number> {
  return (await isPortFree(wanted)) ? wanted : freePort();
}

/** A port that is free now; whoever takes it first has it. */
export function freePort(host = "127.0.0.1"): Promise<number> {
  return openPort(0, host);
}

function openPort(port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, host, () => {
      const address = server.address();
      const opened = typeof address === "object" && address ? address.port : port;
      server.close(() => resolve(opened));
    });
  });
}
