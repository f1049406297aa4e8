/**
 * Helpers for the tests of this and other packages: buses of each kind, actors on them, and a clock that a test
 * advances.
 */

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

export { FrameReader, framed } from "./bus/frames.ts";
export { Inbox } from "./bus/inbox.ts";

export type NetworkKind = "memory" | "socket" | "nats-server";
export const networkKinds: readonly NetworkKind[] = ["memory", "socket", "nats-server"];

/** A network that a test's actors share. */
export interface TestNetwork extends AsyncDisposable {
  readonly connection: Connection;
}

/** A network whose connections can be lost and restored. */
export interface BreakableNetwork extends TestNetwork {
  /** Breaks all connections at once, as a crash does. */
  stop(): Promise<void>;
  /** Restores the connections, after stop() or after breaking them itself. */
  restart(): Promise<void>;
}

/** A network that other processes can join. */
export interface JoinableNetwork extends TestNetwork {
  /** The environment variables that let a process join. */
  readonly env: Readonly<Record<string, string>>;
}

export interface TestBroker extends JoinableNetwork, BreakableNetwork {
  readonly connection: ConnectionSettings;
  readonly url: string;
  readonly port: number;
  /** The process ID, for stopping and continuing the server by signal. */
  readonly pid: number | undefined;
}

/** Code of a task that never returns. Unlike a loop, it leaves the processor to other tests. */
export const waitForever = "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);";

/**
 * Returns a value for a test's `skip` option: the reason if a program is not on the PATH, else false. In CI it never
 * skips, so that a missing program fails the test.
 */
export function skipWithout(program: string): string | false {
  if (process.env.CI) return false;
  const found = spawnSync(program, ["--version"], { stdio: "ignore" }).error === undefined;
  return found ? false : `${program} is not on the PATH`;
}

/** The same for packages of Python, by the names that are imported and installed. */
export function skipWithoutPython(...packages: readonly string[]): string | false {
  if (process.env.CI) return false;
  const { error, status } = spawnSync("python3", ["-c", `import ${packages.join(", ")}`], {
    stdio: "ignore",
  });
  if (error) return "python3 is not on the PATH";
  const all = packages.join(" ");
  return status === 0 ? false : `python3 does not have all of ${all}: pip install ${all}`;
}

/** The same for a kind of bus; only nats-server needs a program. */
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

  /** Encodes and checks packets, as between processes. */
  override send(...[from, subject, packet, reply]: Parameters<MemoryNetwork["send"]>): void {
    super.send(from, subject, Packet.received(packet.bytes.slice()), reply);
  }
}

/** Creates an in-memory network whose actors can lose it. */
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

/** @param args further arguments for nats-server, such as --user and --pass */
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

/** @param port 0 picks a free one */
async function spawnNatsServer(port: number, args: readonly string[], env: Environment): Promise<NatsServer> {
  // JetStream's files; without a folder of its own, a server would share the default one with others.
  const store = args.includes("-sd") ? null : mkdtempSync(join(tmpdir(), "memnet-store-"));
  const stored = store === null ? [] : ["-sd", store];
  const where = ["-a", "127.0.0.1", "-p", port === 0 ? "-1" : String(port)];
  const child = spawn("nats-server", [...where, ...stored, ...args], {
    stdio: ["ignore", "ignore", "pipe"],
    env,
  });
  const killNow = (): void => {
    child.kill("SIGKILL");
    if (store !== null) rmSync(store, { recursive: true, force: true });
  };
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

/** Creates a service's environment without a process of its own, for tests that run a service. */
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

/**
 * Waits for one round trip: the broker has then processed everything this client sent, and everything sent to this
 * client before has arrived.
 */
export async function settled(bus: Bus): Promise<void> {
  await assert.rejects(
    bus.request("test.nobody", Packet.received(new Uint8Array(0)), 5000),
    NoRespondersError,
  );
}

/**
 * Polls until a condition holds, for events that a test cannot observe, such as a lost connection. The test's own
 * timeout is the bound.
 */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Returns a counter's value, summed over the series that have these labels. */
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

/** Creates a log that keeps its lines and writes none. */
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
  /** Advances the time. Callbacks that fall due run in order, each at its own time. */
  advance(ms: number): void;
  /** Advances the time until the work is done, for work that exchanges messages over a broker between its waits. */
  passUntil<T>(work: Promise<T>): Promise<T>;
}

/** Creates a clock whose time changes only when a test advances it. */
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
