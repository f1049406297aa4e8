/** Where a launcher works: the runs folder that it holds, how its actors exchange messages, the evaluator's ports. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConnectionSettings } from "@memnet/service";
import { wholeOf } from "../configure/flags.ts";
import { UsageError } from "../exit.ts";
import { connectionFrom } from "../operator.ts";
import { memnetPath } from "../program.ts";
import { systemReason } from "../system-error.ts";
import { type BrokerPlan, isPortFree, ownBroker } from "./broker.ts";
import { type Lock, takeLock } from "./lock.ts";

export interface Site extends Disposable {
  readonly runsDir: string;
  /** Of the runs' page; 0 takes a free one, null the usual one or a free one. */
  readonly port: number | null;
  /** Of /metrics, /targets and /healthz; the same. */
  readonly metricsPort: number | null;
  /** The broker to be started, for trainers in processes of their own; null if NATS_URL names one, or none is needed. */
  readonly broker: BrokerPlan | null;
  /** Where NATS is; null keeps all messages within one process. */
  readonly connection: ConnectionSettings | null;
  /** NATS's address without a password; null if there is none. */
  readonly address: string | null;
  /** The Unix socket for operators; null if they ask over NATS. */
  readonly socket: string | null;
  /** For files that only this launcher's processes read. */
  readonly scratch: string;
}

/** Unix sockets have shorter paths than files: sun_path of unix(7) has 108 bytes, on macOS 104. */
const socketPathBytesMax = 100;

/**
 * Takes the runs folder, before anything is started.
 *
 * @param processes whether trainers need processes of their own, as several GPUs do
 * @throws UsageError where another launcher holds it or the port is taken
 */
export async function takeSite(
  runsDir: string,
  portFlag: string | undefined,
  processes: boolean,
): Promise<Site> {
  const port = await portFor("--port", portFlag);
  const variable = "MEMNET_METRICS_PORT";
  const metricsPort = await portFor(variable, process.env[variable] || undefined);
  const broker = processes && !process.env.NATS_URL ? await ownBroker(memnetPath) : null;
  const connection = await connectionOf(broker);
  const { parseServers } = await import("@memnet/service/servers");
  const address = connection && parseServers(connection.url).display;
  const scratch = makeScratch();
  const socket = connection === null ? socketIn(scratch) : null;
  const removeScratch = () => rmSync(scratch, { recursive: true, force: true });
  let lock: Lock;
  try {
    lock = await takeLock(runsDir, { url: address, socket });
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
    socket,
    scratch,
    [Symbol.dispose]() {
      process.off("exit", cleanUp);
      cleanUp();
    },
  };
}

async function connectionOf(broker: BrokerPlan | null): Promise<ConnectionSettings | null> {
  if (broker) return { url: broker.url };
  return process.env.NATS_URL ? connectionFrom(process.env) : null;
}

function socketIn(scratch: string): string {
  const path = join(scratch, "operators");
  const bytes = Buffer.byteLength(path);
  if (bytes <= socketPathBytesMax) return path;
  throw new UsageError(
    `Cannot make a socket in ${scratch}: its path must have at most ${socketPathBytesMax} bytes, got ${bytes}; ` +
      "TMPDIR may name a folder with a shorter path",
  );
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

/** An explicit port must be free, or the command is refused before anything starts. */
async function portFor(name: string, given: string | undefined): Promise<number | null> {
  if (given === undefined) return null;
  const port = wholeOf(name, given, 0, 65_535);
  if (port === 0 || (await isPortFree(port))) return port;
  throw new UsageError(`Cannot use ${name} ${port}: the port must be free, and another process has it`);
}
