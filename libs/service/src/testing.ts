/** For tests of this and other folders: buses of each kind, actors on them, and a clock that a test moves. */

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Packet, type Role } from "@memnet/protocol";
import type { Actor } from "./actor.ts";
import { type Bus, NoRespondersError } from "./bus/bus.ts";
import { type Connection, connect } from "./bus/connection.ts";
import { type MemoryBus, type MemoryBusOptions, MemoryNetwork } from "./bus/memory.ts";
import type { ConnectionSettings } from "./bus/servers.ts";
import { serveSocket } from "./bus/socket.ts";
import { type Clock, systemClock } from "./clock.ts";
import { Journal } from "./journal.ts";
import { createLog, type Log, type LogLine, silentLog } from "./log.ts";
import { Messenger } from "./messenger/messenger.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import type { Environment } from "./settings.ts";

export { Inbox } from "./bus/inbox.ts";

export type NetworkKind = "memory" | "socket" | "nats-server";
export const NETWORK_KINDS: readonly NetworkKind[] = ["memory", "socket", "nats-server"];

/** Where a test's actors meet. */
export interface TestNetwork extends AsyncDisposable {
  readonly connection: Connection;
}

/** A network whose actors lose it and find it again. */
export interface BreakableNetwork extends TestNetwork {
  /** Breaks all connections at once, as a crash does. */
  stop(): Promise<void>;
  /** Mends them, after stop() or in its place. */
  restart(): Promise<void>;
}

/** A network that processes can join. */
export interface JoinableNetwork extends TestNetwork {
  /** What a process has in its environment to join. */
  readonly env: Readonly<Record<string, string>>;
}

export interface TestBroker extends JoinableNetwork, BreakableNetwork {
  readonly connection: ConnectionSettings;
  readonly url: string;
  readonly port: number;
  /** Its process, to stop and continue it by signals. */
  readonly pid: number | undefined;
}

/**
 * For the option `skip` of a test: the reason if a program is not on the PATH, else false. In CI a missing program fails
 * the test instead.
 */
export function skipWithout(program: string): string | false {
  if (process.env.CI) return false;
  const found = spawnSync(program, ["--version"], { stdio: "ignore" }).error === undefined;
  return found ? false : `${program} is not on the PATH`;
}

/** The same for a kind of bus; only one needs a program. */
export function skipNetwork(kind: NetworkKind): string | false {
  return kind === "nats-server" ? skipWithout("nats-server") : false;
}

export async function startNetwork(kind: NetworkKind): Promise<TestNetwork> {
  return kind === "memory" ? memoryNetwork() : startJoinable(kind);
}

export function startJoinable(kind: Exclude<NetworkKind, "memory">): Promise<JoinableNetwork> {
  return kind === "socket" ? startSocket() : startNatsServer();
}

class BreakableMemory extends MemoryNetwork {
  readonly buses: MemoryBus[] = [];

  override connect(options: MemoryBusOptions): MemoryBus {
    const bus = super.connect(options);
    this.buses.push(bus);
    return bus;
  }

  /** Packets are encoded and checked, as between processes. */
  override send(...[from, subject, packet, reply]: Parameters<MemoryNetwork["send"]>): void {
    super.send(from, subject, Packet.received(packet.bytes.slice()), reply);
  }
}

/** A network in memory, whose actors can lose it. */
export function memoryNetwork(): BreakableNetwork {
  const connection = new BreakableMemory({ isLocal: false });
  const stop = async () => {
    for (const bus of connection.buses) bus.disconnect();
  };
  return {
    connection,
    stop,
    async restart() {
      await stop();
      for (const bus of connection.buses) bus.reconnect();
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function startSocket(): Promise<JoinableNetwork> {
  const folder = mkdtempSync(join(tmpdir(), "memnet-socket-"));
  const socket = join(folder, "s");
  const served = await serveSocket(new MemoryNetwork({ isLocal: false }), socket);
  return {
    connection: { socket },
    env: { MEMNET_SOCKET: socket },
    async [Symbol.asyncDispose]() {
      await served[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

/** @param args more arguments for nats-server, such as --user and --pass */
export async function startNatsServer(
  args: readonly string[] = [],
  env: Environment = process.env,
): Promise<TestBroker> {
  let running = await spawnNatsServer(0, args, env);
  const { port } = running;
  const url = `nats://127.0.0.1:${port}`;
  return {
    connection: { url },
    env: { NATS_URL: url },
    url,
    port,
    get pid() {
      return running.pid;
    },
    stop: () => running.kill(),
    async restart() {
      await running.kill();
      running = await spawnNatsServer(port, args, env);
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
async function spawnNatsServer(port: number, args: readonly string[], env: Environment): Promise<NatsServer> {
  const child = spawn("nats-server", ["-a", "127.0.0.1", "-p", port === 0 ? "-1" : String(port), ...args], {
    stdio: ["ignore", "ignore", "pipe"],
    env,
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

/** What a service gets of the world, without its process: for tests that let one run. */
export async function testActor(
  { connection }: Pick<TestNetwork, "connection">,
  role: Role,
  { clock = systemClock, log = silentLog }: { clock?: Clock; log?: Log } = {},
): Promise<Actor & AsyncDisposable> {
  const metrics = createMetrics({ service: role, processMetrics: false });
  const bus = await connect(connection, { role, log: silentLog, metrics });
  return {
    role,
    machine: "box",
    messenger: new Messenger({ bus, clock, log, metrics }),
    clock,
    log,
    metrics,
    journal: new Journal(),
    metricsPort: null,
    metricsPath: "/metrics",
    ready: () => true,
    [Symbol.asyncDispose]: () => bus.close(),
  };
}

/** A round trip: what this client asked of the broker before has been done, what it was sent before has come. */
export async function settled(bus: Bus): Promise<void> {
  await assert.rejects(
    bus.request("test.nobody", Packet.received(new Uint8Array(0)), 5000),
    NoRespondersError,
  );
}

/** For what a test cannot be told of, such as a connection that is cut; the test's own timeout is the bound. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** A counter's value, summed over the series that have these labels. */
export async function counted(
  metrics: Metrics,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number> {
  const found = await metrics.registry.getSingleMetric(name)?.get();
  const wanted = Object.entries(labels);
  return (found?.values ?? [])
    .filter((series) => wanted.every(([label, value]) => series.labels[label] === value))
    .reduce((sum, { value }) => sum + value, 0);
}

/** A log that remembers its lines and writes none. */
export function rememberingLog(): { log: Log; lines: LogLine[] } {
  const lines: LogLine[] = [];
  const log = createLog({
    service: "test",
    destination: { write() {} },
    onLine: (line) => void lines.push(line),
  });
  return { log, lines };
}

export interface VirtualClock extends Clock {
  /** Lets time pass: what falls due is called in order, each at its own time. */
  advance(ms: number): void;
  /** Lets as much time pass as it takes, for work that goes to and fro over a broker between its waits. */
  passUntil<T>(work: Promise<T>): Promise<T>;
}

/** A clock that stands still until a test moves it. */
export function virtualClock(): VirtualClock {
  interface Wait {
    readonly at: number;
    readonly callback: () => void;
  }
  const waits = new Set<Wait>();
  let now = 0;
  function advance(ms: number): void {
    const end = now + ms;
    for (;;) {
      let next: Wait | undefined;
      for (const wait of waits) if (wait.at <= end && wait.at < (next?.at ?? Infinity)) next = wait;
      if (!next) break;
      waits.delete(next);
      now = next.at;
      next.callback();
    }
    now = end;
  }
  return {
    now: () => now,
    wall: () => Date.UTC(2025, 0, 1) + now,
    after(ms, callback) {
      const wait = { at: now + ms, callback };
      waits.add(wait);
      return () => void waits.delete(wait);
    },
    advance,
    async passUntil(work) {
      let over = false;
      const end = () => {
        over = true;
      };
      work.then(end, end);
      while (!over) {
        advance(10);
        await new Promise((resolve) => setImmediate(resolve));
      }
      return work;
    },
  };
}
