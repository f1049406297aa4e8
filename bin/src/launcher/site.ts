/**
 * The launcher's surroundings: the runs folder that it holds, how its actors exchange messages, and the evaluator's
 * ports.
 */

import { pagePortDefault } from "@memnet/page/port";
import { type Lock, takeLock, UsageError } from "@memnet/terminal";
import { Option } from "commander";
import { wholeOf } from "../configure/flags.ts";
import { checkFolderToWrite, runsDirDefault } from "../configure/runs-dir.ts";
import { isPortFree } from "./ports.ts";
import { makeScratch, removeScratch, socketIn } from "./scratch.ts";

export interface Site extends Disposable {
  readonly runsDir: string;
  /** The port of the runs' page; 0 takes any free port, null the default one or any free one. */
  readonly port: number | null;
  /** The port of /metrics, /targets and /healthz, chosen in the same way. */
  readonly metricsPort: number | null;
  /** Where the newest process has served the page; null before. */
  readonly served: { port: number | null };
  /** NATS's address without a password, as NATS_URL gives it; null if messages stay on this machine. */
  readonly address: string | null;
  /** The Unix socket through which other processes of this machine join the run; null if they join over NATS. */
  readonly socket: string | null;
  /** A folder for files that only this launcher's processes read. */
  readonly scratch: string;
  /** The folder for TensorBoard's events; null if none are written. */
  readonly tensorboard: string | null;
}

export const runsDirOption = new Option("--runs-dir <folder>", "where runs are kept").default(runsDirDefault);
export const portOption = new Option(
  "--port <number>",
  `of the runs' page; 0 takes a free one (default: ${pagePortDefault}, or a free one)`,
);

export const tensorboardOption = new Option(
  "--tensorboard <folder>",
  "write TensorBoard's event files meanwhile, to a folder of the run's name here",
);

/**
 * Locks the runs folder, before anything is started.
 *
 * @throws UsageError if another launcher holds it or a port is taken, RangeError for a wrong NATS_URL or the like
 */
export async function takeSite(
  runsDir: string,
  { port: portFlag, tensorboard }: { readonly port?: string; readonly tensorboard?: string },
): Promise<Site> {
  if (tensorboard !== undefined) checkFolderToWrite("--tensorboard", tensorboard);
  const port = await portFor("--port", portFlag);
  const variable = "MEMNET_METRICS_PORT";
  const metricsPort = await portFor(variable, process.env[variable] || undefined);
  const address = process.env.NATS_URL ? await natsAddress(process.env) : null;
  const scratch = makeScratch();
  const socket = address === null ? socketIn(scratch) : null;
  let lock: Lock;
  try {
    lock = await takeLock(runsDir, { url: address, socket });
  } catch (error) {
    removeScratch(scratch);
    throw error;
  }
  const cleanUp = () => {
    lock.release();
    removeScratch(scratch);
  };
  // Also runs when a second Ctrl-C ends the process at once.
  process.on("exit", cleanUp);
  return {
    runsDir,
    ...{ port, metricsPort, served: { port: null } },
    ...{ address, socket, scratch, tensorboard: tensorboard ?? null },
    [Symbol.dispose]() {
      process.off("exit", cleanUp);
      cleanUp();
    },
  };
}

async function natsAddress(env: NodeJS.ProcessEnv): Promise<string> {
  const { parseServers } = await import("@memnet/service/servers");
  const { readSettings } = await import("@memnet/service/settings");
  return parseServers(readSettings(env).nats.url).display;
}

/** Returns the port to use. An explicit port must be free; otherwise the command is refused before anything starts. */
async function portFor(name: string, given: string | undefined): Promise<number | null> {
  if (given === undefined) return null;
  const port = wholeOf(name, given, 0, 65_535);
  if (port === 0 || (await isPortFree(port))) return port;
  throw new UsageError(`Cannot use ${name} ${port}: the port must be free, and another process has it`);
}
