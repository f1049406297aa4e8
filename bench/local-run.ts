/** Times one run of `memnet train` without NATS, with all actors in one process, from outside while it trains. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { listen } from "@memnet/service";
import type { RunConfig } from "memnet";
import { CommandError, exitCodes } from "../bin/src/exit.ts";
import { listenForSignals } from "../bin/src/launcher/signals.ts";
import { memnetPath } from "../bin/src/program.ts";
import { plainEnvironment } from "../test/cluster/processes.ts";
import { figures, inRunsFolder, patienceMs, run } from "./cluster-run.ts";
import { lastLine } from "./contender.ts";
import { total } from "./samples.ts";
import { type Bounds, iterationsMin } from "./timing.ts";

/** Answering takes some of the run's own time, so it is not asked during the measurement. */
const pollMs = 100;
/** V8 compiles for about a second. Contenders that keep running are equally warm from round to round. */
const warmUpMs = 1500;

/**
 * Trains for a while, then measures, then stops the run.
 *
 * @returns the mean milliseconds from one step's end to the next
 */
export function localRun(config: RunConfig, bounds: Bounds): Promise<number> {
  return inRunsFolder(config, async (folder) => {
    const port = await freePort();
    using signals = listenForSignals();
    const { ended, stop } = train(folder, port);
    const interrupted = new Promise<never>((_, reject) => {
      const error = new CommandError("Interrupted before it was measured", {
        exitCode: exitCodes.interrupted,
      });
      signals.interrupted.addEventListener("abort", () => reject(error));
    });
    const tooSoon = ended.then((why): never => {
      throw new CommandError(`memnet train ended before it was measured: ${why}`);
    });
    try {
      return await Promise.race([measured(port, bounds), tooSoon, interrupted]);
    } finally {
      stop();
      await ended;
    }
  });
}

/** Starts the command as a user types it, in an environment that sets nothing else. */
function train(folder: string, port: number): { readonly ended: Promise<string>; stop(): void } {
  const command = ["train", "--config", join(folder, "config.json"), "--run", run, "--runs-dir", folder];
  const child = spawn(process.execPath, [memnetPath, ...command, "--port", "0"], {
    env: { ...plainEnvironment(), MEMNET_METRICS_PORT: String(port) },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (data) => {
    errors += data;
  });
  const stop = () => void child.kill();
  process.on("exit", stop);
  const ended = new Promise<string>((resolve) => {
    child.on("error", ({ message }) => resolve(message));
    child.on("close", (code, signal) => {
      process.off("exit", stop);
      resolve(signal ?? (lastLine(errors) || `exit code ${code}`));
    });
  });
  return { ended, stop };
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server, 0, "127.0.0.1");
  await once(server.close(), "close");
  return port;
}

async function measured(port: number, { iterations, budgetMs }: Bounds): Promise<number> {
  const begun = await look(port, 1);
  await pause(warmUpMs);
  const before = await look(port, begun.step + 1);
  await pause(Math.min(budgetMs, iterations * msPerStep(begun, before)));
  const after = await look(port, before.step + Math.min(iterationsMin, iterations));
  return msPerStep(before, after);
}

interface Seen {
  readonly atMs: number;
  /** The number of steps taken. */
  readonly step: number;
}

function msPerStep(before: Seen, after: Seen): number {
  return (after.atMs - before.atMs) / (after.step - before.step);
}

/** Waits until the run has taken `stepsMin` steps, and returns how far it is. */
async function look(port: number, stepsMin: number): Promise<Seen> {
  for (const deadline = performance.now() + patienceMs; ; ) {
    // No process answers before the run has begun.
    const samples = await figures("coordinator", port, "/metrics/coordinator").catch(() => []);
    const [atMs, step] = [performance.now(), total(samples, "memnet_step")];
    if (step >= stepsMin) return { atMs, step };
    if (atMs > deadline) {
      throw new CommandError(
        `Cannot measure the run: it must train within ${patienceMs / 1000} s, got step ${step}`,
      );
    }
    await pause(pollMs);
  }
}

/** Waits without keeping the process alive after the run has ended. */
function pause(ms: number): Promise<void> {
  return sleep(ms, undefined, { ref: false });
}
