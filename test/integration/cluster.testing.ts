/** A whole system of real processes on a broker of its own, for tests that kill them. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Fields, messages, type Role, subjects } from "@memnet/protocol";
import {
  type Bus,
  connect,
  createMetrics,
  exitStatus,
  Messenger,
  readSettings,
  silentLog,
  systemClock,
} from "@memnet/service";
import { type JoinableNetwork, type NetworkKind, startJoinable } from "@memnet/service/testing";
import { exitCodes } from "@memnet/terminal";
import { type TrainSettings, train } from "memnet";
import { pacedTask } from "../cluster/paced.ts";
import { memnetPath } from "../cluster/processes.ts";

export const memnet = memnetPath;
export type Announcement = Fields<typeof messages.announce>;
type Present = Extract<Fields<typeof messages.status>, { ok: true }>;
type ServiceRole = "coordinator" | "trainer" | "data-env" | "evaluator" | "worker";

/** 3 checkpoints and evaluations in 12 steps of about a millisecond. */
export const smallSettings = {
  engine: "wasm",
  model: "dnc",
  controller: { hidden: 12 },
  memory: { slots: 6, width: 5 },
  heads: { reads: 2, writes: 1 },
  task: { name: "repeat-copy", length: [1, 1], repeats: [1, 1] },
  optimizer: { kind: "adam", learningRate: 1e-3, epsilon: 1e-8, schedule: { decay: "none" } },
  clip: { norm: 50 },
  sequencesPerStep: 16,
  microBatch: 4,
  steps: 12,
  evaluateEvery: 4,
  evaluationBatches: 1,
  beyondEvery: 100,
  checkpointEvery: 4,
} as const satisfies TrainSettings;

/** The same with long sequences: a step takes some 50 ms, so that a kill hits a run under way. */
export const slowSettings = {
  ...smallSettings,
  task: { name: "repeat-copy", length: [30, 30], repeats: [10, 10] },
} as const satisfies TrainSettings;

const { task: _task, ...smallOfAnyTask } = smallSettings;

/** For the task `paced`, whose 16 sequences a step take 4 ms each and next to no work. */
export const pacedSettings = smallOfAnyTask;
export const pacedFlags = [`--task=${pacedTask}`, ...flagsOf(pacedSettings)];

const alone = new Map<string, Promise<string>>();

/**
 * Trains in this process on the engine of `smallSettings`, once for the same settings.
 *
 * @returns the parameters' SHA-256
 */
export function bitsOf(settings: TrainSettings): Promise<string> {
  const key = JSON.stringify(settings);
  const { engine } = smallSettings;
  const bits = alone.get(key) ?? train({ settings, engine }).then(({ sha256 }) => sha256);
  alone.set(key, bits);
  return bits;
}

/** Environment variables of a role's processes, added to NATS_URL or replacing it. */
type EnvironmentOf = (role: Role) => Readonly<Record<string, string>>;

/** Formats settings as command-line flags. */
export function flagsOf(settings: object): string[] {
  return Object.entries(settings).flatMap(([name, value]) =>
    typeof value !== "object"
      ? [`--set=${name}=${value}`]
      : Object.entries(value).map(([key, inner]) => `--set=${name}.${key}=${JSON.stringify(inner)}`),
  );
}

export class Cluster implements AsyncDisposable {
  private readonly network: JoinableNetwork;
  private readonly envOf: EnvironmentOf;
  readonly runsDir: string;
  readonly messenger: Messenger;
  private readonly bus: Bus;
  private readonly children = new Set<ChildProcess>();
  private readonly output: string[] = [];
  private readonly heard: Announcement[] = [];
  private readonly watchers = new Set<() => void>();
  private died: (error: Error) => void = () => {};
  private readonly death = new Promise<never>((_, reject) => {
    this.died = reject;
  });

  /** Starts on a bus of its own. */
  static async start(kind: Exclude<NetworkKind, "memory">): Promise<Cluster> {
    return Cluster.on(await startJoinable(kind));
  }

  /** Starts on a given bus, which ends with the cluster. */
  static async on(network: JoinableNetwork, envOf: EnvironmentOf = () => ({})): Promise<Cluster> {
    const runsDir = await mkdtemp(join(tmpdir(), "memnet-runs-"));
    const metrics = createMetrics({ service: "test", processMetrics: false });
    const { connection } = network;
    // Over NATS, the operator has its own credentials.
    const own =
      "url" in connection ? readSettings({ ...network.env, ...envOf("operator") }).nats : connection;
    const bus = await connect(own, { role: "operator", log: silentLog, metrics });
    return new Cluster(
      network,
      envOf,
      runsDir,
      bus,
      new Messenger({ bus, clock: systemClock, log: silentLog, metrics }),
    );
  }

  private constructor(
    network: JoinableNetwork,
    envOf: EnvironmentOf,
    runsDir: string,
    bus: Bus,
    messenger: Messenger,
  ) {
    this.network = network;
    this.envOf = envOf;
    this.runsDir = runsDir;
    this.bus = bus;
    this.messenger = messenger;
    this.death.catch(() => {});
    messenger.hear(messages.announce, subjects.announce, (announcement) => {
      this.heard.push(announcement);
      for (const look of this.watchers) look();
    });
  }

  /** The environment that a process needs to join. */
  get env(): Readonly<Record<string, string>> {
    return this.network.env;
  }

  /** Starts one service as a process of its own. */
  spawn(role: ServiceRole, ...flags: string[]): ChildProcess {
    const folder = role === "evaluator" ? [`--runs-dir=${this.runsDir}`] : [];
    return this.start(role, [memnet, role, ...folder, ...flags], this.envOf(role));
  }

  /** Starts a program of the tests, in TypeScript. */
  program(name: string, url: URL, env: Readonly<Record<string, string>>): ChildProcess {
    return this.start(name, ["--import", "tsx", fileURLToPath(url)], env);
  }

  private start(role: string, args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
    const child = spawn(process.execPath, args, {
      env: {
        ...process.env,
        ...this.network.env,
        MEMNET_MACHINE: "test",
        MEMNET_LOG_LEVEL: "info",
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.children.add(child);
    child.once("exit", (code) => {
      this.children.delete(child);
      // A killed service has no exit code, a fenced one has 75, and one that is stopped before its idle timeout 4. No
      // test asks for any other end of a service.
      const expected: readonly number[] = [exitStatus.fenced, exitCodes.runStopped];
      if (role !== "coordinator" && code && !expected.includes(code))
        this.died(new Error(`${role} ended with ${code}\n${this.told()}`));
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (data: Buffer) => {
        this.output.push(`${role} ${child.pid}: ${data.toString()}`);
        for (const look of this.watchers) look();
      });
    }
    return child;
  }

  /** Starts a coordinator that makes a run by this name, and ends with it. */
  coordinator(run: string, ...flags: string[]): ChildProcess {
    return this.spawn("coordinator", `--run=${run}`, "--exit-at-end", ...flags);
  }

  /** The same for a run of `slowSettings`. */
  coordinate(run: string, ...flags: string[]): ChildProcess {
    return this.coordinator(run, ...flagsOf(slowSettings), ...flags);
  }

  /** Waits for an announcement that satisfies the condition. */
  until(wanted: (announcement: Announcement) => boolean): Promise<Announcement> {
    return this.found(() => this.heard.find(wanted));
  }

  /** Waits until a process prints a match. */
  says(pattern: RegExp): Promise<RegExpExecArray> {
    return this.found(() => pattern.exec(this.output.join("")) ?? undefined);
  }

  /** Looks again whenever something is announced or printed. */
  private found<T extends object>(look: () => T | undefined): Promise<T> {
    let watcher = () => {};
    const found = new Promise<T>((resolve) => {
      watcher = () => {
        const hit = look();
        if (hit) resolve(hit);
      };
      this.watchers.add(watcher);
      watcher();
    });
    return this.inTime(found).finally(() => this.watchers.delete(watcher));
  }

  /**
   * Waits for a run's steps from now on: each promise resolves at the first step of an epoch that is at least as far.
   * Announcements come only once a second, within which a small run may end. A trainer that leads is seldom told of a
   * step, so its results count too.
   */
  stepsOf(run: string): (epoch: number, step: number) => Promise<void> {
    const begun: { epoch: number; step: number }[] = [];
    const looks = new Set<() => void>();
    const heard = ({ epoch, step }: { readonly epoch: number; readonly step: number }) => {
      begun.push({ epoch, step });
      for (const look of looks) look();
    };
    const of = subjects.run(run);
    this.messenger.hear(messages.step, of.step, heard);
    this.messenger.hear(messages.result, of.result, heard);
    return (epoch, step) =>
      this.inTime(
        new Promise<void>((resolve) => {
          const look = () => {
            if (!begun.some((one) => one.epoch === epoch && one.step >= step)) return;
            looks.delete(look);
            resolve();
          };
          looks.add(look);
          look();
        }),
      );
  }

  private async inTime<T>(found: Promise<T>, timeoutMs = 120_000): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`Nothing came of it in ${timeoutMs} ms\n${this.told()}`)),
        timeoutMs,
      );
    });
    try {
      return await Promise.race([found, late, this.death]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits until this many trainers are connected and idle. */
  idleTrainers(count: number): Promise<void> {
    return this.answers(
      (actors) => actors.filter(({ role, state }) => role === "trainer" && state === "idle").length === count,
    );
  }

  /** Waits until each of these roles is connected: processes that start together connect in any order. */
  present(...roles: ServiceRole[]): Promise<void> {
    return this.answers((actors) => roles.every((wanted) => actors.some(({ role }) => role === wanted)));
  }

  /** Asks all actors until their answers satisfy the condition. */
  private async answers(wanted: (actors: readonly Present[]) => boolean): Promise<void> {
    const { askStatus, status } = messages;
    let over = false;
    const asking = async () => {
      for (;;) {
        const actors = await this.messenger.askAll(askStatus, status, subjects.status, {}, 100);
        if (over || wanted(actors)) return;
      }
    };
    await this.inTime(asking()).finally(() => {
      over = true;
    });
  }

  /** Waits for a process to end. @returns its exit code */
  async exit(child: ChildProcess, timeoutMs = 180_000): Promise<number | null> {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
    await Promise.race([once(child, "exit"), this.death]).finally(() => clearTimeout(timer));
    if (child.signalCode === "SIGKILL") throw new Error(`It did not end in ${timeoutMs} ms\n${this.told()}`);
    return child.exitCode;
  }

  async metrics(run: string): Promise<Record<string, unknown>[]> {
    const text = await readFile(join(this.runsDir, run, "metrics.jsonl"), "utf8");
    return text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
  }

  /** The SHA-256 of the final parameters. */
  async sha256(run: string): Promise<string> {
    const last = (await this.metrics(run)).filter(({ kind }) => kind === "checkpoint").at(-1);
    return String(last?.sha256);
  }

  /** Reports whether any process has printed a match. */
  said(pattern: RegExp): boolean {
    return this.output.some((text) => pattern.test(text));
  }

  /** The latest output of the processes, for failure messages. */
  told(): string {
    return this.output.slice(-60).join("");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.children) child.kill("SIGKILL");
    await this.bus.close();
    await this.network[Symbol.asyncDispose]();
    await rm(this.runsDir, { recursive: true, force: true, maxRetries: 3 });
  }
}
