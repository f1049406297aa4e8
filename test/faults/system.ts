/** A whole system of real processes over nats-server, each behind a proxy where wanted, and how far its run is. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messages, subjects } from "@memnet/protocol";
import { startTestBroker, type TestBroker } from "@memnet/service/testing";
import type { RunConfig } from "memnet";
import { bundled } from "../../bin/bundle.js";
import { serviceEnvironment } from "../../bin/src/launcher/launcher.ts";
import { servicePlans } from "../../bin/src/launcher/services.ts";
import { connectOperator, type Operator } from "../../bin/src/operator.ts";
import { memnetPath } from "../../bin/src/program.ts";
import type { Link, Target } from "./draw.ts";
import { Progress } from "./progress.ts";
import { Service } from "./service.ts";
import { SmallDisk } from "./small-disk.ts";

/** Processes start and join within seconds. */
const startMs = 60_000;
/** No fault keeps a run from taking steps for so long. */
const stillMs = 90_000;
const stopMs = 10_000;

export class System implements AsyncDisposable {
  readonly run: string;
  readonly broker: TestBroker;
  readonly disk: SmallDisk;
  readonly progress = new Progress();
  readonly services = new Map<Target, Service>();
  /** Resolves once the run is over, rejects where something went wrong that no fault explains. */
  readonly over: Promise<void>;
  private readonly operator: Operator;
  private readonly watch: NodeJS.Timeout;
  private trainers = 0;
  private settle!: { over(): void; failed(why: string): void };

  /**
   * @param folder  gets the run's files and each process's log
   * @param proxied whether each process's connection may be harmed
   */
  static async start(run: string, config: RunConfig, folder: string, proxied: boolean): Promise<System> {
    mkdirSync(folder, { recursive: true });
    const disk = await SmallDisk.at(join(folder, "runs"));
    const broker = await startTestBroker("nats-server");
    const system = new System(run, broker, disk, await connectOperator({ url: broker.url }));
    const configFile = join(folder, "config.json");
    writeFileSync(configFile, JSON.stringify(config));
    const { trainers, dataEnvs } = config.operation;
    const plans = servicePlans(memnetPath, {
      run,
      runsDir: disk.folder,
      port: 0,
      metricsPort: 0,
      trainers,
      dataEnvs,
      configFile,
      initialFile: null,
    });
    const program = await bundled();
    // As `memnet train` hands on what it was started from.
    const own = program === undefined ? process.env : { ...process.env, MEMNET_PROGRAM: program };
    const env = serviceEnvironment(own, broker.url);
    for (const plan of plans) {
      const log = join(folder, `${plan.title.replace(" ", "-")}.log`);
      const service = await Service.start(plan, broker, proxied, env, log, system.settle);
      system.services.set(service.target, service);
    }
    return system;
  }

  private constructor(run: string, broker: TestBroker, disk: SmallDisk, operator: Operator) {
    this.run = run;
    this.broker = broker;
    this.disk = disk;
    this.operator = operator;
    this.over = new Promise((resolve, reject) => {
      this.settle = { over: resolve, failed: (why) => reject(new Error(why)) };
    });
    this.over.catch(() => {});
    process.on("exit", this.killNow);
    const { messenger } = operator;
    messenger.hear(messages.announce, subjects.announce, (said) => {
      this.trainers = said.trainers;
      this.heard(said.epoch, said.step);
    });
    messenger.hear(messages.heartbeat, subjects.run(run).heartbeat, ({ epoch, step }) => {
      if (step > 0) this.heard(epoch, step - 1);
    });
    let begunMs = performance.now();
    this.watch = setInterval(() => {
      const lastMs = this.progress.last?.atMs ?? begunMs;
      if (performance.now() - lastMs > stillMs) {
        begunMs = Number.POSITIVE_INFINITY;
        this.settle.failed(
          `The run has taken no step for ${stillMs / 1000} s, at ${this.progress.last?.step}`,
        );
      }
    }, 1000);
  }

  private heard(epoch: number, step: number): void {
    this.progress.heard({ atMs: performance.now(), epoch, step });
  }

  service(target: Target): Service {
    const service = this.services.get(target);
    if (!service) throw new RangeError(`There is no ${target} here`);
    return service;
  }

  /** One process, or all. */
  linked(link: Link): Service[] {
    return link === "all" ? [...this.services.values()] : [this.service(link)];
  }

  get trainerServices(): Service[] {
    return [...this.services.values()].filter(({ target }) => target.startsWith("trainer"));
  }

  /** Waits until all trainers are in and the run takes steps. */
  async begun(): Promise<void> {
    const count = this.trainerServices.length;
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

  /** Lets time pass; rejects at once where the system fails meanwhile. */
  async passes(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const passed = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([passed, this.over.then(() => {})]).finally(() => clearTimeout(timer));
  }

  /** Ends the run in order, wherever it is. */
  async stopRun(): Promise<void> {
    const { stop, stopped } = messages;
    await this.operator.messenger.ask(stop, stopped, subjects.run(this.run).stop, { run: this.run }, 5000);
    await this.over;
  }

  private readonly killNow = (): void => {
    for (const service of this.services.values()) service.killNow();
    this.disk[Symbol.dispose]();
  };

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.watch);
    const order: readonly string[] = ["coordinator", "trainer", "data-env", "evaluator"];
    for (const role of order) {
      const due = [...this.services.values()].filter(({ target }) => target.startsWith(role));
      await Promise.all(due.map((service) => service.stop(stopMs)));
    }
    await this.operator[Symbol.asyncDispose]();
    await this.broker.stop();
    process.off("exit", this.killNow);
  }
}
