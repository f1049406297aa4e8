/** One supervised process: started, started again when it ends, stopped when told. */

import { type ChildProcess, spawn } from "node:child_process";
import { type Ended, endText, freshTally, type Tally, type Verdict, verdictOn } from "./restart.ts";
import type { ServicePlan } from "./services.ts";
import { errorText, Tail } from "./tail.ts";

/** What a service logs once NATS has answered it: from then on it is not a failure at start. */
const connectedLine = "Connected to NATS";

/** A few lines on a terminal: a refusal names what differs and a command. */
const saidCharactersMax = 2000;
/** Errors of one service that are shown: more would hide the progress. */
const toldMax = 20;

export interface ChildEvents {
  /** It ended and will not be started again. */
  ended(child: Child, verdict: Exclude<Verdict, { kind: "again" }>, ended: Ended): void;
  /** It logged an error, in words; the same one is told once. */
  erred(child: Child, text: string): void;
  /** It ended and is about to be started again. */
  restarts(child: Child, ended: Ended, afterMs: number): void;
  /** Each line that it writes. */
  said?(child: Child, line: string): void;
}

export class Child {
  readonly plan: ServicePlan;
  private readonly env: NodeJS.ProcessEnv;
  private readonly events: ChildEvents;
  private process: ChildProcess | undefined;
  private tally: Tally = freshTally;
  private tail = new Tail();
  private startedAt = 0;
  private connected = false;
  /** The errors that were told; a service has few kinds of them, and what goes on is in run.log. */
  private readonly told = new Set<string>();
  private stopping = false;
  private waiting: NodeJS.Timeout | undefined;
  private gone: Promise<void> = Promise.resolve();

  constructor(plan: ServicePlan, env: NodeJS.ProcessEnv, events: ChildEvents) {
    this.plan = plan;
    this.env = env;
    this.events = events;
  }

  /** Undefined while it waits to be started again. */
  get pid(): number | undefined {
    return this.process?.pid;
  }

  /** Whether it logged an error. */
  get hasErred(): boolean {
    return this.told.size > 0;
  }

  /** What it said last, human-readable. */
  get lastWords(): string {
    return this.tail.text();
  }

  start(): void {
    const { command, args, ipc } = this.plan;
    this.tail = new Tail();
    this.connected = false;
    this.startedAt = performance.now();
    const child = spawn(command, args, {
      // A group of its own: the terminal's Ctrl-C reaches the launcher alone, which stops all in order.
      detached: true,
      env: this.env,
      stdio: [ipc ? "ignore" : "pipe", "pipe", "pipe", ...(ipc ? (["ipc"] as const) : [])],
    });
    this.process = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        for (const line of this.tail.push(text)) this.onLine(line);
      });
    }
    // Writing to one that has just ended; its end is what counts.
    child.stdin?.on("error", () => {});
    this.gone = new Promise((resolve) => {
      child.once("error", (error) => {
        this.tail.push(`${error.message}\n`);
        if (child.pid === undefined) resolve(this.over({ code: 1, signal: null }));
      });
      // What it started may hold its output open.
      child.once("exit", () => this.killGroup());
      child.once("close", (code, signal) => resolve(this.over({ code, signal })));
    });
  }

  private onLine(line: string): void {
    this.events.said?.(this, line);
    if (line.includes(connectedLine)) this.connected = true;
    const text = errorText(line)?.slice(0, saidCharactersMax);
    if (text === undefined || this.told.has(text) || this.told.size >= toldMax) return;
    this.told.add(text);
    this.events.erred(this, text);
  }

  /** Asks it to end and waits; false where it had to be killed. */
  async stop(withinMs: number): Promise<boolean> {
    this.stopping = true;
    clearTimeout(this.waiting);
    this.signal("SIGTERM");
    let late: NodeJS.Timeout | undefined;
    const timeout = new Promise<boolean>((resolve) => {
      late = setTimeout(() => resolve(false), withinMs);
    });
    const inTime = await Promise.race([this.gone.then(() => true), timeout]);
    clearTimeout(late);
    if (!inTime) {
      this.kill();
      await this.gone;
    }
    return inTime;
  }

  /** Ends it at once, with all that it has started. */
  kill(): void {
    this.stopping = true;
    clearTimeout(this.waiting);
    this.killGroup();
  }

  private signal(name: NodeJS.Signals): void {
    // What has no channel has a guard beside it in its group: the signal is for both.
    if (this.plan.ipc) this.process?.kill(name);
    else this.signalGroup(name);
  }

  private killGroup(): void {
    this.signalGroup("SIGKILL");
  }

  private signalGroup(name: NodeJS.Signals): void {
    const pid = this.process?.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, name);
    } catch {
      // Nothing of the group is left.
    }
  }

  private over({ code, signal }: Pick<Ended, "code" | "signal">): void {
    this.process = undefined;
    if (this.stopping) return;
    const ended = { code, signal, livedMs: performance.now() - this.startedAt, wasConnected: this.connected };
    const verdict = verdictOn(this.plan.service, this.tally, ended);
    if (verdict.kind !== "again") {
      this.stopping = true;
      this.events.ended(this, verdict, ended);
      return;
    }
    this.tally = verdict.tally;
    this.events.restarts(this, ended, verdict.afterMs);
    this.waiting = setTimeout(() => this.start(), verdict.afterMs);
  }
}

/** `trainer 2 ended by SIGKILL, starting it again at once`, and after a failure what it said last. */
export function restartText(child: Child, ended: Ended, afterMs: number): string {
  const last = ended.code === null ? undefined : child.lastWords.split("\n").at(-1)?.trim();
  const said = last ? `; it said: ${last.slice(0, saidCharactersMax)}` : "";
  const when = afterMs === 0 ? "at once" : `in ${afterMs} ms`;
  return `${child.plan.title} ended ${endText(ended)}, starting it again ${when}${said}`;
}
