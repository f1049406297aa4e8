/** The command line as an actor: asks and listens, and answers to nobody. */

import type { ConnectionSettings, Messenger } from "@memnet/service";
import { CommandError } from "./exit.ts";
import { readLock } from "./launcher/lock.ts";

export interface Operator extends AsyncDisposable {
  readonly messenger: Messenger;
}

/**
 * NATS answers at once where it is there; this is for one that is about to start, and for a name server's lost answer,
 * which a resolver asks for again after 5 s (resolv.conf(5), `timeout`).
 */
const connectMsMax = 8000;

/** @throws ConnectTimeoutError naming the address */
export async function connectOperator(
  connection: ConnectionSettings,
  signal?: AbortSignal,
): Promise<Operator> {
  const { connectBus, createMetrics, Messenger, silentLog, systemClock } = await import("@memnet/service");
  const metrics = createMetrics({ service: "operator", processMetrics: false });
  const bus = await connectBus({
    ...connection,
    role: "operator",
    log: silentLog,
    metrics,
    connectTimeoutMs: connectMsMax,
    ...(signal ? { signal } : {}),
  });
  return {
    messenger: new Messenger({ bus, clock: systemClock, log: silentLog, metrics }),
    [Symbol.asyncDispose]: () => bus.close(),
  };
}

/** NATS as the environment names it, or at another address with the environment's user and password. */
export async function connectionFrom(env: NodeJS.ProcessEnv, url?: string): Promise<ConnectionSettings> {
  const { readSettings } = await import("@memnet/service");
  return readSettings(url === undefined ? env : { ...env, NATS_URL: url }).nats;
}

/** Where NATS is: NATS_URL, else the address that a launcher of this runs folder left; null where neither is. */
export function addressFor(env: NodeJS.ProcessEnv, runsDir: string): string | null {
  return env.NATS_URL || (readLock(runsDir)?.url ?? null);
}

/** @throws CommandError where neither NATS_URL nor a launcher says where NATS is, ConnectTimeoutError where it is not there */
export async function operatorFor(env: NodeJS.ProcessEnv, runsDir: string): Promise<Operator> {
  const address = addressFor(env, runsDir);
  if (address === null) {
    throw new CommandError(
      `Cannot ask anybody: NATS_URL is not set, and no launcher runs in ${runsDir} (--runs-dir names another folder)`,
    );
  }
  return connectOperator(await connectionFrom(env, address));
}
