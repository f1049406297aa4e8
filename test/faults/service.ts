/**
 * One process of a cluster, behind a proxy of its own if faults need one. The launcher's rules restart it until it is
 * stopped.
 */

import { appendFileSync, openSync, readFileSync, statSync } from "node:fs";
import type { TestBroker } from "@memnet/service/testing";
import { begin, type Ended, endText, exitCodes, keepUp, type Life } from "@memnet/terminal";
import { memnetPath, type ProcessPlan } from "../cluster/processes.ts";
import type { Target } from "./draw.ts";
import { BrokerProxy } from "./proxy.ts";
import { insideService, metricsPortIn, type Vitals, vitalsOf } from "./vitals.ts";

/** A cluster's supervisor restarts a coordinator after SIGTERM, whereas a launcher is done with its run. */
const againMs = 100;
/** How many bytes at the end of a log are shown to explain why a process ended. */
const lastWordsMax = 4000;

export interface ServiceEvents {
  /** The coordinator ended without a fault: its run has ended, or was stopped. */
  over(): void;
  /** The process failed, for this reason. */
  failed(why: string): void;
}

/** A process that faults are inflicted on. */
export interface Victim {
  readonly target: Target;
  /** The process's connection. @throws RangeError if it has no proxy */
  readonly link: BrokerProxy;
  /** What the process takes; undefined if there is none at this moment. */
  readonly vitals: () => Promise<Vitals | undefined>;
  /** @returns false if there is no process at this moment */
  signal(name: NodeJS.Signals): boolean;
  /** Stops the process and keeps it stopped until `back`. */
  away(): Promise<void>;
  back(): void;
  stop(withinMs: number): Promise<void>;
  killNow(): void;
}

export class Service implements Victim {
  readonly target: Target;
  private readonly plan: ProcessPlan;
  private readonly env: NodeJS.ProcessEnv;
  private readonly proxy: BrokerProxy | null;
  private readonly logFile: string;
  private readonly log: number;
  private readonly events: ServiceEvents;
  private life: Life | undefined;
  /** Where in the log the process's lines begin. */
  private logBegins = 0;
  private stopping = new AbortController();
  private ended: Promise<unknown> = Promise.resolve();
  /** Whether the process was sent SIGTERM as a fault, and will be restarted. */
  private isTold = false;
  private isClosed = false;

  static async start(
    plan: ProcessPlan,
    broker: TestBroker,
    isProxied: boolean,
    env: NodeJS.ProcessEnv,
    logFile: string,
    events: ServiceEvents,
  ): Promise<Service> {
    const proxy = isProxied ? await BrokerProxy.start(broker.port) : null;
    return new Service(plan, proxy, { ...env, NATS_URL: (proxy ?? broker).url }, logFile, events);
  }

  private constructor(
    plan: ProcessPlan,
    proxy: BrokerProxy | null,
    env: NodeJS.ProcessEnv,
    logFile: string,
    events: ServiceEvents,
  ) {
    this.target = plan.title as Target;
    this.plan = plan;
    this.env = env;
    this.proxy = proxy;
    this.logFile = logFile;
    this.log = openSync(logFile, "a");
    this.events = events;
    this.back();
  }

  get link(): BrokerProxy {
    if (!this.proxy) throw new RangeError(`${this.target} has no proxy`);
    return this.proxy;
  }

  readonly vitals = () =>
    vitalsOf(this.life?.pid, () => insideService(metricsPortIn(this.logFile, this.logBegins)));

  signal(name: NodeJS.Signals): boolean {
    const pid = this.life?.pid;
    if (pid === undefined) return false;
    if (name === "SIGTERM") this.isTold = true;
    try {
      return process.kill(pid, name);
    } catch {
      // The process has just ended.
      return false;
    }
  }

  async away(): Promise<void> {
    this.stopping.abort();
    this.life?.kill();
    await this.ended;
  }

  back(): void {
    this.isTold = false;
    this.stopping = new AbortController();
    this.ended = this.keptUp(this.stopping.signal);
  }

  async stop(withinMs: number): Promise<void> {
    this.isClosed = true;
    const late = setTimeout(() => this.life?.kill(), withinMs);
    this.stopping.abort();
    await this.ended;
    clearTimeout(late);
    await this.proxy?.[Symbol.asyncDispose]();
  }

  killNow(): void {
    this.isClosed = true;
    this.stopping.abort();
    this.life?.kill();
  }

  private async keptUp(signal: AbortSignal): Promise<void> {
    const { role, args } = this.plan;
    const start = () => {
      this.logBegins = statSync(this.logFile).size;
      const life = begin(args, { program: memnetPath, env: this.env, log: this.log });
      this.life = life;
      void life.ended.then(() => {
        this.life = undefined;
      });
      return life;
    };
    const onAgain = (ended: Ended, afterMs: number) => {
      this.note(`ended ${endText(ended)}, again in ${afterMs} ms`);
      // 75 means that another coordinator has taken the run, which a fault may cause. Any other code is a crash.
      if (ended.code !== null && ended.code !== 0 && ended.code !== 75) this.failed(ended);
    };
    const outcome = await keepUp(role, start, { stopMsMax: 10_000, onAgain }, signal);
    if (outcome.kind === "stopped") return;
    this.note(`ended ${endText(outcome.ended)}`);
    if (this.isClosed) return;
    const { code } = outcome.ended;
    const isOver = code === exitCodes.done || code === exitCodes.runStopped;
    if (outcome.kind === "give-up" || !isOver) this.failed(outcome.ended);
    else if (this.isTold) setTimeout(() => this.isClosed || this.back(), againMs);
    else this.events.over();
  }

  private failed(ended: Ended): void {
    const said = readFileSync(this.logFile, "utf8").slice(-lastWordsMax);
    this.events.failed(`${this.target} ended ${endText(ended)}. It said:\n${said}`);
  }

  private note(text: string): void {
    appendFileSync(this.logFile, `-- ${text}\n`);
  }
}
