/** For tests of this and other folders: a broker of either kind, on a free port of this machine. */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { type Broker, startBroker } from "./broker/broker.ts";
import { silentLog } from "./log.ts";

export type BrokerKind = "embedded" | "nats-server";
export const BROKER_KINDS: readonly BrokerKind[] = ["embedded", "nats-server"];

export interface TestBroker extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Gone at once, as after a crash; its clients are cut off. */
  stop(): Promise<void>;
  /** Again on the same port, after stop() or in its place. */
  restart(): Promise<void>;
  /** nats-server's process, to stop and continue it by signals; undefined for the embedded broker. */
  readonly pid: number | undefined;
}

/**
 * For the option `skip` of a test: the reason where a program is not on the PATH, else false. In CI a
 * missing program fails the test instead.
 */
export function skipWithout(program: string): string | false {
  if (process.env.CI) return false;
  const found = spawnSync(program, ["--version"], { stdio: "ignore" }).error === undefined;
  return found ? false : `${program} is not on the PATH`;
}

/** The same for a kind of broker; the embedded one is always there. */
export function skipBroker(kind: BrokerKind): string | false {
  return kind === "embedded" ? false : skipWithout("nats-server");
}

/** @param args more arguments for nats-server, such as --user and --pass; the embedded broker takes none */
export function startTestBroker(kind: BrokerKind, args: readonly string[] = []): Promise<TestBroker> {
  return kind === "embedded" ? startEmbedded() : startNatsServer(args);
}

async function startEmbedded(): Promise<TestBroker> {
  let broker: Broker | undefined = await startBroker({ port: 0, log: silentLog });
  const { url, port } = broker;
  const stop = async (): Promise<void> => {
    await broker?.close();
    broker = undefined;
  };
  return {
    url,
    port,
    pid: undefined,
    stop,
    async restart() {
      await stop();
      broker = await startBroker({ port, log: silentLog });
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function startNatsServer(args: readonly string[]): Promise<TestBroker> {
  let running = await spawnNatsServer(0, args);
  const { port } = running;
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    get pid() {
      return running.pid;
    },
    stop: () => running.kill(),
    async restart() {
      await running.kill();
      running = await spawnNatsServer(port, args);
    },
    [Symbol.asyncDispose]: () => running.kill(),
  };
}

interface NatsServer {
  readonly port: number;
  readonly pid: number | undefined;
  kill(): Promise<void>;
}

/** @param port 0 takes a free one */
async function spawnNatsServer(port: number, args: readonly string[]): Promise<NatsServer> {
  const child = spawn("nats-server", ["-a", "127.0.0.1", "-p", port === 0 ? "-1" : String(port), ...args], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const killNow = (): void => void child.kill("SIGKILL");
  process.once("exit", killNow);
  const said: string[] = [];
  let chosen = port;
  await new Promise<void>((resolve, reject) => {
    const failed = (why: string): void => reject(new Error(`Cannot start nats-server: ${why}`));
    child.once("error", (error) => failed(error.message));
    child.once("exit", (status) => failed(`it ended with ${status}, saying: ${said.join("\n")}`));
    createInterface({ input: child.stderr }).on("line", (line) => {
      if (said.length < 100) said.push(line);
      const listening = /client connections on 127\.0\.0\.1:(\d+)/.exec(line);
      if (listening) chosen = Number(listening[1]);
      if (line.includes("Server is ready")) resolve();
    });
  });
  return {
    port: chosen,
    pid: child.pid,
    async kill() {
      process.off("exit", killNow);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      killNow();
      await exited;
    },
  };
}
