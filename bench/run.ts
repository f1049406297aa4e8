/** Times a run of the real actors from outside while it trains: in one process, or in one each over nats-server. */

import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startNatsServer } from "@memnet/service/testing";
import { begin, CommandError, endText, type Life } from "@memnet/terminal";
import type { RunConfig } from "memnet";
import { freePort, memnetPath, plainEnvironment, processPlans } from "../test/cluster/processes.ts";
import { type Bounds, iterationsMin } from "./timing.ts";

/** Processes start and engines load within seconds. A step that takes longer than this is too large for the bench. */
const patienceMs = 60_000;
/** Answering takes some of the run's own time, so it is not asked during the measurement. */
const pollMs = 100;
/**
 * V8 compiles for about three seconds. Contenders that keep running are equally warm from round to round. A short
 * measurement, which can only be rough, gets a warm-up of twice its length.
 */
const warmUpMs = 4000;
/** How many characters at the end of the log are shown to explain why a process ended. */
const lastWordsMax = 4000;

/**
 * Trains for a while, then measures, then stops the run and removes its folder.
 *
 * @param over `memory` times `memnet train`, `nats` a process for each actor
 * @returns    the mean milliseconds from one step's end to the next
 */
export async function runMs(over: "memory" | "nats", config: RunConfig, bounds: Bounds): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "memnet-bench-"));
  const cleanUp = () => rmSync(folder, { recursive: true, force: true });
  process.on("exit", cleanUp);
  const configFile = join(folder, "config.json");
  writeFileSync(configFile, JSON.stringify(config));
  const logFile = join(folder, "processes.log");
  const log = openSync(logFile, "a");
  await using nats = over === "nats" ? await startNatsServer() : undefined;
  const lives: Life[] = [];
  try {
    const port = await freePort();
    const env = { ...plainEnvironment(), ...nats?.env };
    const { trainers, dataEnvs } = config.operation;
    const train = ["train", "--config", configFile, "--run", "bench", "--runs-dir", folder, "--port", "0"];
    const plans =
      over === "nats"
        ? processPlans({ run: "bench", runsDir: folder, trainers, dataEnvs, configFile })
        : [{ role: "host", args: train }];
    for (const { role, args } of plans) {
      const answers = role === "coordinator" || role === "host" ? { MEMNET_METRICS_PORT: String(port) } : {};
      lives.push(begin(args, { program: memnetPath, env: { ...env, ...answers }, log }));
    }
    const page = `http://127.0.0.1:${port}/metrics${over === "nats" ? "" : "/coordinator"}`;
    const tooSoon = lives.map(async ({ ended }) => {
      const how = endText(await ended);
      const said = readFileSync(logFile, "utf8").slice(-lastWordsMax);
      throw new CommandError(`Cannot measure the run: a process ended ${how}. It said:\n${said}`);
    });
    return await Promise.race([measured(page, bounds), ...tooSoon]);
  } finally {
    // `memnet train` stops the process that it has started. Nothing of a cluster is kept, so it need not stop in order.
    for (const life of lives) over === "nats" ? life.kill() : life.terminate();
    await Promise.all(lives.map(({ ended }) => ended));
    closeSync(log);
    process.off("exit", cleanUp);
    cleanUp();
  }
}

async function measured(page: string, { iterations, budgetMs }: Bounds): Promise<number> {
  const begun = await look(page, 1);
  await pause(Math.min(warmUpMs, 2 * budgetMs));
  const before = await look(page, begun.step + 1);
  await pause(Math.min(budgetMs, iterations * msPerStep(begun, before)));
  return msPerStep(before, await look(page, before.step + iterationsMin));
}

type Seen = Awaited<ReturnType<typeof look>>;

function msPerStep(before: Seen, after: Seen): number {
  return (after.atMs - before.atMs) / (after.step - before.step);
}

/** Waits until the run has taken `stepsMin` steps, and returns how many it has taken. */
async function look(page: string, stepsMin: number) {
  for (const deadline = performance.now() + patienceMs; performance.now() < deadline; await pause(pollMs)) {
    // No process answers before the run has begun.
    const answer = fetch(page, { headers: { connection: "close" } }).then((response) => response.text());
    const step = Number(/^memnet_step\{.*\} (\d+)$/m.exec(await answer.catch(() => ""))?.[1] ?? 0);
    if (step >= stepsMin) return { atMs: performance.now(), step };
  }
  throw new CommandError(`Cannot measure the run: step ${stepsMin} took more than ${patienceMs / 1000} s`);
}

/** Waits without keeping the process alive after the run has ended. */
function pause(ms: number): Promise<void> {
  return sleep(ms, undefined, { ref: false });
}
