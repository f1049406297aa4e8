/** A run in one process together with the launcher that restarts it, as started by `memnet train`. */

import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { childrenOf, memnetPath } from "../cluster/processes.ts";
import type { BrokerProxy } from "./proxy.ts";
import type { ServiceEvents, Victim } from "./service.ts";
import { notAsked, vitalsOf } from "./vitals.ts";

export interface LocalPlan {
  readonly run: string;
  readonly runsDir: string;
  readonly configFile: string;
  readonly logFile: string;
}

export class LocalRun implements Victim {
  readonly target = "host";
  private readonly launcher: ReturnType<typeof spawn>;
  private readonly ended: Promise<void>;
  private isClosed = false;

  constructor(
    { run, runsDir, configFile, logFile }: LocalPlan,
    env: NodeJS.ProcessEnv,
    events: ServiceEvents,
  ) {
    const log = openSync(logFile, "a");
    const args = ["train", "--run", run, "--config", configFile, "--runs-dir", runsDir, "--port", "0"];
    this.launcher = spawn(process.execPath, [memnetPath, ...args], {
      env: { ...env, MEMNET_METRICS_PORT: "0" },
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    this.ended = new Promise((resolve) => {
      this.launcher.once("exit", (code, signal) => {
        resolve();
        if (this.isClosed) return;
        if (code === 0) events.over();
        else
          events.failed(
            `memnet train ended with ${code ?? signal}. It said:\n${readFileSync(logFile, "utf8")}`,
          );
      });
    });
  }

  get link(): BrokerProxy {
    throw new RangeError("A run in one process has no connection");
  }

  readonly vitals = () => vitalsOf(this.hostPid(), async () => notAsked);

  signal(name: NodeJS.Signals): boolean {
    const host = this.hostPid();
    try {
      return host !== undefined && process.kill(host, name);
    } catch {
      // The process has just ended.
      return false;
    }
  }

  async away(): Promise<void> {
    throw new RangeError("A run in one process stays with its launcher");
  }

  back(): void {}

  async stop(withinMs: number): Promise<void> {
    this.isClosed = true;
    const late = setTimeout(() => this.killNow(), withinMs);
    this.launcher.kill("SIGTERM");
    if (this.launcher.exitCode === null && this.launcher.signalCode === null) await this.ended;
    clearTimeout(late);
  }

  killNow(): void {
    this.isClosed = true;
    this.signal("SIGKILL");
    this.launcher.kill("SIGKILL");
  }

  /** The launcher's only child; undefined while it is being restarted. */
  private hostPid(): number | undefined {
    const { pid } = this.launcher;
    return pid === undefined ? undefined : childrenOf(pid)[0];
  }
}
