/** Where a launcher works: the runs folder that it holds, the broker's address, the evaluator's port. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pagePortDefault } from "@memnet/evaluator/port";
import type { ConnectionSettings } from "@memnet/service";
import { wholeOf } from "../configure/flags.ts";
import { UsageError } from "../exit.ts";
import { connectionFrom } from "../operator.ts";
import { memnetPath } from "../program.ts";
import { systemReason } from "../system-error.ts";
import { type BrokerPlan, freePort, isPortFree, ownBroker, portOr } from "./broker.ts";
import { type Lock, takeLock } from "./lock.ts";

/** Where Prometheus looks for /targets, as deploy/prometheus has it. */
export const metricsPortDefault = 8098;

export interface Site extends Disposable {
  readonly runsDir: string;
  /** Of the runs' page. */
  readonly port: number;
  /** Of the evaluator's /metrics, /targets and /healthz. */
  readonly metricsPort: number;
  /** The broker to be started; null where NATS_URL names one. */
  readonly broker: BrokerPlan | null;
  readonly connection: ConnectionSettings;
  /** The broker's, for people. */
  readonly address: string;
  /** For files that only this launcher's services read. */
  readonly scratch: string;
}

/**
 * Takes the runs folder, before anything is started.
 *
 * @throws UsageError where another launcher holds it or the port is taken
 */
export async function takeSite(runsDir: string, portFlag: string | undefined): Promise<Site> {
  const port = await portFor("--port", portFlag, pagePortDefault);
  const variable = "MEMNET_METRICS_PORT";
  const metricsPort = await portFor(variable, process.env[variable] || undefined, metricsPortDefault);
  const broker = process.env.NATS_URL ? null : await ownBroker(memnetPath);
  const connection = broker ? { url: broker.url } : await connectionFrom(process.env);
  const { parseServers } = await import("@memnet/service");
  const address = parseServers(connection.url).display;
  const scratch = makeScratch();
  const removeScratch = () => rmSync(scratch, { recursive: true, force: true });
  let lock: Lock;
  try {
    lock = await takeLock(runsDir, address);
  } catch (error) {
    removeScratch();
    throw error;
  }
  const cleanUp = () => {
    lock.release();
    removeScratch();
  };
  // Also where a second Ctrl-C ends the process at once.
  process.on("exit", cleanUp);
  return {
    runsDir,
    port,
    metricsPort,
    broker,
    connection,
    address,
    scratch,
    [Symbol.dispose]() {
      process.off("exit", cleanUp);
      cleanUp();
    },
  };
}

function makeScratch(): string {
  try {
    return mkdtempSync(join(tmpdir(), "memnet-"));
  } catch (cause) {
    const rule = "TMPDIR must name a folder that can be written";
    throw new UsageError(
      `Cannot make a temporary folder in ${tmpdir()}: ${rule}, and ${systemReason(cause)}`,
      {
        cause,
      },
    );
  }
}

/** Who names a port must get it; 0 is any, and without a word it is the default one or any. */
async function portFor(name: string, given: string | undefined, otherwise: number): Promise<number> {
  if (given === undefined) return portOr(otherwise);
  const port = wholeOf(name, given, 0, 65_535);
  if (port === 0) return freePort();
  if (await isPortFree(port)) return port;
  throw new UsageError(`Cannot use ${name} ${port}: the port must be free, and another process has it`);
}
