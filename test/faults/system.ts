/**
 * A whole system of real processes, and the progress of its run: a cluster over nats-server, with each process behind a
 * proxy if needed, or one process with its launcher.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messages, subjects } from "@memnet/protocol";
import { startNatsServer, type TestBroker } from "@memnet/service/testing";
import { connectOperator, connectTo, reachOf } from "@memnet/terminal";
import type { RunConfig } from "memnet";
import { freePort, plainEnvironment, processPlans } from "../cluster/processes.ts";
import type { Link, Target } from "./draw.ts";
import { Ear } from "./ear.ts";
import { LocalRun } from "./local-run.ts";
import { Progress } from "./progress.ts";
import { Service, type Victim } from "./service.ts";
import { SmallDisk } from "./small-disk.ts";
import { insideBroker, vitalsOf } from "./vitals.ts";
import { Watch, type Watched } from "./watch.ts";

/** Processes start and join within seconds. */
const startMs = 60_000;
/** No fault keeps a run from taking steps for this long. */
const stillMs = 90_000;
const stopMs = 10_000;

export class System implements AsyncDisposable {
  readonly run: string;
  private readonly nats: TestBroker | null;
  readonly disk: SmallDisk;
  readonly progress = new Progress();
  readonly services = new Map<Target, Victim>();
  private readonly watched: Watched[] = [];
  /** Resolves once the run is over; rejects if something failed that no fault explains. */
  readonly over: Promise<void>;
  private readonly ear: Ear;
  private readonly looking: NodeJS.Timeout;
  private trainers = 0;
  private settle!: { over(): void; failed(why: string): void };

  /**
   * Starts a cluster over a nats-server of its own.
   *
   * @param folder    receives the run's files and each process's log
   * @param minutes   about how long the run takes
   * @param isProxied whether faults may be inflicted on each process's connection
   */
  static async cluster(
    run: string,
    config: RunConfig,
    folder: string,
    { minutes, isProxied }: { minutes: number; isProxied: boolean },
  ): Promise<System> {
    const { disk, configFile } = await prepared(folder, config, minutes);
    const port = await freePort();
    const nats = await startNatsServer(["-m", String(port)]);
    const system = new System(run, disk, nats, () => connectOperator(nats.connection));
    const vitals = () => vitalsOf(nats.pid, () => insideBroker(port));
    system.watched.push({ name: "nats-server", vitals });
    const { trainers, dataEnvs } = config.operation;
    const env = plainEnvironment();
    for (const plan of processPlans({ run, runsDir: disk.folder, trainers, dataEnvs, configFile })) {
      const log = join(folder, `${plan.title.replace(" ", "-")}.log`);
      const service = await Service.start(plan, nats, isProxied, env, log, system.settle);
      system.services.set(service.target, service);
      system.watched.push({ name: service.target, vitals: service.vitals });
    }
    return system;
  }

  /** Starts one process, which its launcher keeps running. */
  static async local(
    run: string,
    config: RunConfig,
    folder: string,
    { minutes }: { minutes: number },
  ): Promise<System> {
    const { disk, configFile } = await prepared(folder, config, minutes);
    const runsDir = disk.folder;
    const system = new System(run, disk, null, async () => {
      const reach = reachOf({}, runsDir);
      if (!reach) throw new Error("The launcher does not hold its folder yet");
      return connectTo(reach, {});
    });
    const env = plainEnvironment();
    const plan = { run, runsDir, configFile, logFile: join(folder, "train.log") };
    const host = new LocalRun(plan, env, system.settle);
    system.services.set("host", host);
    system.watched.push({ name: "host", vitals: host.vitals });
    return system;
  }

  private constructor(
    run: string,
    disk: SmallDisk,
    nats: TestBroker | null,
    connect: ConstructorParameters<typeof Ear>[0],
  ) {
    this.run = run;
    this.disk = disk;
    this.nats = nats;
    this.over = new Promise((resolve, reject) => {
      this.settle = { over: resolve, failed: (why) => reject(new Error(why)) };
    });
    this.over.catch(() => {});
    process.on("exit", this.killNow);
    this.ear = new Ear(connect, (messenger) => {
      messenger.hear(messages.announce, subjects.announce, (said) => {
        this.trainers = said.trainers;
        this.heard(said.epoch, said.step);
      });
      messenger.hear(messages.heartbeat, subjects.run(run).heartbeat, ({ epoch, step }) => {
        if (step > 0) this.heard(epoch, step - 1);
      });
    });
    let begunMs = performance.now();
    this.looking = setInterval(() => {
      const lastMs = this.progress.last?.atMs ?? begunMs;
      if (performance.now() - lastMs > stillMs) {
        begunMs = Number.POSITIVE_INFINITY;
        this.settle.failed(
          `The run has taken no step for ${stillMs / 1000} s, at ${this.progress.last?.step}`,
        );
      }
    }, 1000);
  }

  /** @throws RangeError if the run is in one process */
  get broker(): TestBroker {
    if (!this.nats) throw new RangeError("A run in one process has no broker");
    return this.nats;
  }

  private heard(epoch: number, step: number): void {
    this.progress.heard({ atMs: performance.now(), epoch, step });
  }

  service(target: Target): Victim {
    const service = this.services.get(target);
    if (!service) throw new RangeError(`There is no ${target} here`);
    return service;
  }

  /** Returns one process, or all. */
  linked(link: Link): Victim[] {
    return link === "all" ? [...this.services.values()] : [this.service(link)];
  }

  get trainerServices(): Victim[] {
    return [...this.services.values()].filter(({ target }) => target.startsWith("trainer"));
  }

  /** Watches what all processes and the runs folder take from now on. */
  watch(): Watch {
    return new Watch(this.watched, this.disk.folder);
  }

  /** Waits until all trainers have joined and the run takes steps. */
  async begun(): Promise<void> {
    const count = Math.max(1, this.trainerServices.length);
    const untilMs = performance.now() + startMs;
    while (this.trainers < count || (this.progress.last?.step ?? 0) < 1) {
      if (performance.now() > untilMs) {
        throw new Error(
          `The run did not begin in ${startMs / 1000} s: ${this.trainers} of ${count} trainers are in`,
        );
      }
      await this.passes(50);
    }
  }

  /** Waits, but rejects at once if the system fails meanwhile. */
  async passes(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const passed = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([passed, this.over.then(() => {})]).finally(() => clearTimeout(timer));
  }

  /** Stops the run in an orderly way, at whatever step it is. */
  async stopRun(): Promise<void> {
    const { stop, stopped } = messages;
    let isOver = false;
    const over = this.over.finally(() => {
      isOver = true;
    });
    over.catch(() => {});
    // The question or its answer may be lost, since a busy machine breaks connections.
    for (const untilMs = performance.now() + startMs; !isOver; await this.passes(500)) {
      try {
        await this.ear.messenger.ask(stop, stopped, subjects.run(this.run).stop, { run: this.run }, 5000);
        break;
      } catch (error) {
        if (performance.now() > untilMs) throw error;
      }
    }
    await over;
  }

  private readonly killNow = (): void => {
    for (const service of this.services.values()) service.killNow();
    this.disk[Symbol.dispose]();
  };

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.looking);
    const order: readonly string[] = ["host", "coordinator", "trainer", "data-env", "evaluator"];
    for (const role of order) {
      const due = [...this.services.values()].filter(({ target }) => target.startsWith(role));
      await Promise.all(due.map((service) => service.stop(stopMs)));
    }
    await this.ear[Symbol.asyncDispose]();
    await this.nats?.stop();
    process.off("exit", this.killNow);
  }
}

async function prepared(folder: string, config: RunConfig, minutes: number) {
  mkdirSync(folder, { recursive: true });
  const configFile = join(folder, "config.json");
  writeFileSync(configFile, JSON.stringify(config));
  return { disk: await SmallDisk.at(join(folder, "runs"), minutes), configFile };
}
