/** Starts `memnet train` as a user does, for tests that interrupt it and examine what it leaves. */

import assert from "node:assert/strict";
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commandLine } from "@memnet/service/shell";
import { flagsOf, memnet, smallSettings } from "./cluster.testing.ts";

const { engine: _reference, ...onTheDefaultEngine } = smallSettings;

/** Resolves once a process has printed something more, or has ended. */
export async function saysMore(child: ChildProcessWithoutNullStreams): Promise<void> {
  const over = new AbortController();
  const { signal } = over;
  await Promise.race([
    once(child.stdout, "data", { signal }),
    once(child.stderr, "data", { signal }),
    once(child, "exit", { signal }),
  ]);
  // Otherwise the others would keep listening.
  over.abort();
}

/** A launcher in a runs folder of its own, on whatever broker it finds. */
export class Launcher implements AsyncDisposable {
  readonly runsDir: string;
  private readonly env: Readonly<Record<string, string>>;
  private readonly children = new Set<ChildProcess>();

  /** @param env environment variables of all commands */
  static async inFolder(prefix = "memnet-runs-", env = {}): Promise<Launcher> {
    return new Launcher(await mkdtemp(join(tmpdir(), prefix)), env);
  }

  private constructor(runsDir: string, env: Readonly<Record<string, string>>) {
    this.runsDir = runsDir;
    this.env = env;
  }

  train(run: string, ...flags: string[]) {
    return this.memnet("train", `--run=${run}`, "--port=0", ...flagsOf(onTheDefaultEngine), ...flags);
  }

  /** Runs a command on this runs folder. */
  memnet(command: string, ...flags: string[]) {
    return this.command(command, `--runs-dir=${this.runsDir}`, ...flags);
  }

  /** Runs a command exactly as given. */
  command(...args: string[]) {
    return this.start(process.execPath, [memnet, ...args]);
  }

  /** Runs a line that a command printed, in a shell. */
  pasted(line: string) {
    return this.start("/bin/sh", ["-c", `exec ${line}`]);
  }

  /** Runs `train` in a terminal of 80 columns, which `script` makes; what is written to the child is typed there. */
  trainInTerminal(run: string, ...flags: string[]) {
    const args = ["train", `--run=${run}`, "--port=0", `--runs-dir=${this.runsDir}`];
    const typed = commandLine([process.execPath, memnet, ...args, ...flagsOf(onTheDefaultEngine), ...flags]);
    // A terminal in a CI job counts as its log.
    return this.start("script", ["-qefc", `stty cols 80; CI= exec ${typed}`, "/dev/null"]);
  }

  /** Starts a program. @returns its output, of which `out` is on stdout, and its exit code once it ends */
  private start(program: string, args: readonly string[]) {
    const { NATS_URL: _url, ...rest } = process.env;
    // Two launchers that start at once could both find the default port free, and one would fail.
    const child = spawn(program, args, { env: { ...rest, MEMNET_METRICS_PORT: "0", ...this.env } });
    this.children.add(child);
    const said = { text: "", out: "" };
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (data: Buffer) => (said.text += data));
    child.stdout.on("data", (data: Buffer) => (said.out += data));
    const ended = once(child, "exit").then(([code]) => {
      this.children.delete(child);
      return { code: code as number | null, ...said };
    });
    const says = async (pattern: RegExp) => {
      while (!pattern.test(said.text)) {
        await Promise.race([saysMore(child), ended.then(({ text }) => assert.match(text, pattern))]);
      }
      return pattern.exec(said.text)!;
    };
    return { child, ended, says };
  }

  async lines(run: string): Promise<Record<string, unknown>[]> {
    const text = await readFile(join(this.runsDir, run, "metrics.jsonl"), "utf8");
    return text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ends = [...this.children].map((child) => {
      child.kill("SIGTERM");
      return once(child, "exit");
    });
    await Promise.all(ends);
    await rm(this.runsDir, { recursive: true, force: true, maxRetries: 3 });
  }
}
