/**
 * One process, behind a proxy of its own where faults want one, started again by the launcher's rules until it is told to
 * end.
 */

import { appendFileSync } from "node:fs";
import type { TestBroker } from "@memnet/service/testing";
import { Child } from "../../bin/src/launcher/child.ts";
import { endText } from "../../bin/src/launcher/restart.ts";
import type { ServicePlan } from "../../bin/src/launcher/services.ts";
import type { Target } from "./draw.ts";
import { BrokerProxy } from "./proxy.ts";

/** A supervisor of a cluster starts a coordinator that was told to end again, where the launcher is done with its run. */
const againMs = 100;

export interface ServiceEvents {
  /** The coordinator ended with 0 though nobody asked for it: its run is over. */
  over(): void;
  /** It will not do: whole, for people. */
  failed(why: string): void;
}

export class Service {
  readonly target: Target;
  private readonly proxy: BrokerProxy | null;
  private readonly make: () => Child;
  private child: Child;
  /** It was sent SIGTERM as a fault, and is to come back. */
  private told = false;
  private closed = false;

  static async start(
    plan: ServicePlan,
    broker: TestBroker,
    proxied: boolean,
    env: NodeJS.ProcessEnv,
    logFile: string,
    events: ServiceEvents,
  ): Promise<Service> {
    const proxy = proxied ? await BrokerProxy.start(broker.port) : null;
    return new Service(plan, broker, proxy, env, logFile, events);
  }

  private constructor(
    plan: ServicePlan,
    broker: TestBroker,
    proxy: BrokerProxy | null,
    env: NodeJS.ProcessEnv,
    logFile: string,
    events: ServiceEvents,
  ) {
    this.target = plan.title as Target;
    this.proxy = proxy;
    const log = (line: string) => appendFileSync(logFile, `${line}\n`);
    this.make = () =>
      new Child(
        plan,
        { ...env, NATS_URL: (proxy ?? broker).url },
        {
          said: (_, line) => log(line),
          erred: () => {},
          restarts: (_, ended, afterMs) => {
            log(`-- ended ${endText(ended)}, again in ${afterMs} ms`);
            // 75: another coordinator has taken the run, which a fault may bring about; everything else is a crash.
            if (ended.code !== null && ended.code !== 0 && ended.code !== 75)
              events.failed(`${plan.title} ended ${endText(ended)}. It said:\n${this.child.lastWords}`);
          },
          ended: (child, verdict, ended) => {
            log(`-- ended ${endText(ended)}`);
            if (this.closed) return;
            if (verdict.kind === "over" && ended.code === 0) {
              if (this.told) setTimeout(() => this.again(), againMs);
              else events.over();
            } else events.failed(`${plan.title} ended ${endText(ended)}. It said:\n${child.lastWords}`);
          },
        },
      );
    this.child = this.make();
    this.child.start();
  }

  /** Its connection. @throws where it is the broker's own */
  get link(): BrokerProxy {
    if (!this.proxy) throw new RangeError(`${this.target} has no proxy`);
    return this.proxy;
  }

  /** @returns false where there is no process at this moment */
  signal(name: NodeJS.Signals): boolean {
    const { pid } = this.child;
    if (pid === undefined) return false;
    if (name === "SIGTERM") this.told = true;
    try {
      return process.kill(pid, name);
    } catch {
      // It has just ended.
      return false;
    }
  }

  private again(): void {
    if (this.closed) return;
    this.told = false;
    this.child = this.make();
    this.child.start();
  }

  /** Ends it and keeps it away, until `back`. */
  async away(): Promise<void> {
    this.child.kill();
    await this.child.stop(0);
  }

  back(): void {
    this.again();
  }

  async stop(withinMs: number): Promise<void> {
    this.closed = true;
    await this.child.stop(withinMs);
    await this.proxy?.[Symbol.asyncDispose]();
  }

  killNow(): void {
    this.closed = true;
    this.child.kill();
  }
}
