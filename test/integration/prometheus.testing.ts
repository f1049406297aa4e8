/** Runs a real Prometheus with the project's own configuration, sped up, for tests that query it. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const configuration = fileURLToPath(new URL("../../deploy/prometheus", import.meta.url));

/** Five scrapes, which is what rates need, as in the dashboards. */
export const hastyWindow = "5s";

/**
 * Sets scrapes, rules and discovery to one second, and windows of a minute and hold times of up to two to some seconds.
 * What must hold longer, such as a volume that fills, is not for a short test.
 */
function hastened(text: string, targetsPort: number): string {
  return text
    .replaceAll(/((?:\w+_)?interval): \w+/g, "$1: 1s")
    .replaceAll("[1m]", `[${hastyWindow}]`)
    .replaceAll(/for: (?:30s|1m|2m)$/gm, "for: 2s")
    .replaceAll("127.0.0.1:8098", `127.0.0.1:${targetsPort}`);
}

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}
export interface Rule {
  readonly type: "alerting" | "recording";
  readonly name: string;
  readonly query: string;
}
export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly state: "pending" | "firing";
}

export class Prometheus implements AsyncDisposable {
  private readonly process: ChildProcess;
  private readonly folder: string;
  private readonly url: string;

  /** @param targetsPort the evaluator's port, which lists the targets to scrape */
  static async start(targetsPort: number): Promise<Prometheus> {
    const folder = await mkdtemp(join(tmpdir(), "memnet-prometheus-"));
    await cp(configuration, folder, { recursive: true });
    const rules = (await readdir(join(folder, "rules"))).map((name) => join(folder, "rules", name));
    for (const path of [join(folder, "prometheus.yml"), ...rules]) {
      await writeFile(path, hastened(await readFile(path, "utf8"), targetsPort));
    }
    const child = spawn(
      "prometheus",
      [
        `--config.file=${join(folder, "prometheus.yml")}`,
        `--storage.tsdb.path=${join(folder, "data")}`,
        "--web.listen-address=127.0.0.1:0",
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    process.once("exit", () => child.kill("SIGKILL"));
    try {
      return new Prometheus(child, folder, await addressOf(child));
    } catch (error) {
      child.kill("SIGKILL");
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  private constructor(child: ChildProcess, folder: string, address: string) {
    this.process = child;
    this.folder = folder;
    this.url = `http://${address}/api/v1`;
  }

  /** @throws if Prometheus rejects the expression */
  async query(expr: string): Promise<readonly Series[]> {
    const { result } = await this.get<{ result: readonly Series[] }>(
      `query?query=${encodeURIComponent(expr)}`,
    );
    return result;
  }

  /** The names of all metrics that it has scraped. */
  names(): Promise<string[]> {
    return this.get("label/__name__/values");
  }

  async rules(): Promise<Rule[]> {
    const { groups } = await this.get<{ groups: { rules: Rule[] }[] }>("rules");
    return groups.flatMap(({ rules }) => rules);
  }

  async alerts(): Promise<Alert[]> {
    return (await this.get<{ alerts: Alert[] }>("alerts")).alerts;
  }

  private async get<T>(path: string): Promise<T> {
    const response = await fetch(`${this.url}/${path}`);
    const { status, data, error } = (await response.json()) as { status: string; data: T; error?: string };
    if (status !== "success") throw new Error(`Prometheus refuses ${decodeURIComponent(path)}: ${error}`);
    return data;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const exited = once(this.process, "exit");
      this.process.kill("SIGKILL");
      await exited;
    }
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Resolves to its address, once it serves. */
function addressOf(child: ChildProcess): Promise<string> {
  const said: string[] = [];
  return new Promise((resolve, reject) => {
    let address = "";
    const failed = (why: string) => reject(new Error(`Cannot start prometheus: ${why}`));
    child.once("error", (error) => failed(error.message));
    child.once("exit", (code) => failed(`it ended with ${code}, saying:\n${said.join("\n")}`));
    createInterface({ input: child.stderr! }).on("line", (line) => {
      if (said.length < 100) said.push(line);
      address = /msg="Listening on" address=(\S+)/.exec(line)?.[1] ?? address;
      if (line.includes("Server is ready")) resolve(address);
    });
  });
}
