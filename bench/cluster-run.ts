/** Runs a whole cluster on this machine, over a nats-server of its own, and reads its metrics twice while it trains. */

import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Fields, messages, subjects } from "@memnet/protocol";
import type { Messenger } from "@memnet/service";
import { startNatsServer } from "@memnet/service/testing";
import type { RunConfig } from "memnet";
import { CommandError, exitCodes } from "../bin/src/exit.ts";
import { begin, type Life } from "../bin/src/launcher/life.ts";
import { cpuSeconds } from "../bin/src/launcher/proc.ts";
import { endText } from "../bin/src/launcher/restart.ts";
import { listenForSignals } from "../bin/src/launcher/signals.ts";
import { connectOperator } from "../bin/src/operator.ts";
import { plainEnvironment, processPlans } from "../test/cluster/processes.ts";
import { type Anatomy, anatomyOf, type Reading } from "./anatomy.ts";
import { parseSamples, type Sample, total } from "./samples.ts";
import { type Bounds, iterationsMin } from "./timing.ts";

type Announcement = Fields<typeof messages.announce>;

export interface ClusterRun {
  readonly anatomy: Anatomy;
  /** The time of each measured step as metrics.jsonl has it: from its broadcast to its update. */
  readonly stepSeconds: readonly number[];
}

export const run = "bench";
/** Processes start and engines load within seconds. A step that takes longer than this is too large for the bench. */
export const patienceMs = 60_000;
/** Actors answer within milliseconds, or a little later on a busy machine. */
const answerMs = 1000;
/** Time for the last checkpoint, on a disk that may be slow. */
const stopMsMax = 30_000;
/** The order of stopping: each group still needs the groups after it. */
const stopOrder: readonly (readonly string[])[] = [["coordinator"], ["trainer", "data-env"], ["evaluator"]];
/** How many bytes at the end of the log are shown to explain why a process ended. */
const lastWordsMax = 4000;

interface Running {
  readonly title: string;
  readonly pid: number | undefined;
}

/** Trains for a quarter of the bounds as a warm-up, then measures, then stops the services in order. */
export function clusterRun(config: RunConfig, bounds: Bounds): Promise<ClusterRun> {
  return inRunsFolder(config, async (folder) => {
    const { before, after } = await whileTraining(folder, config, (look) =>
      measured(look, config.operation.trainers, bounds),
    );
    return { anatomy: anatomyOf(before, after), stepSeconds: stepSeconds(folder, before, after) };
  });
}

/** Works in a new runs folder, which holds the configuration as config.json and is removed afterwards. */
export async function inRunsFolder<T>(config: RunConfig, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "memnet-bench-"));
  const cleanUp = () => rmSync(folder, { recursive: true, force: true });
  process.on("exit", cleanUp);
  try {
    writeFileSync(join(folder, "config.json"), JSON.stringify(config));
    return await work(folder);
  } finally {
    process.off("exit", cleanUp);
    cleanUp();
  }
}

/** What can be seen of a run from outside. */
interface Look {
  /** Resolves to the first announcement that satisfies the condition. */
  until(wanted: (announcement: Announcement) => boolean, timeoutMs: number): Promise<Announcement>;
  read(): Promise<Reading>;
}

async function whileTraining<T>(
  folder: string,
  config: RunConfig,
  work: (look: Look) => Promise<T>,
): Promise<T> {
  const { trainers, dataEnvs } = config.operation;
  await using nats = await startNatsServer();
  const env = { ...plainEnvironment(), NATS_URL: nats.url };
  const plan = { run, runsDir: folder, trainers, dataEnvs, configFile: join(folder, "config.json") };
  const log = openSync(join(folder, "processes.log"), "a");
  const running = processPlans(plan).map(({ role, title, args }) => ({
    role,
    title,
    life: begin(args, { env, log }),
  }));
  using signals = listenForSignals();
  try {
    await using operator = await connectOperator(nats.connection);
    const { messenger } = operator;
    const processes = [
      ...running.map(({ title, life }) => ({ title, pid: life.pid })),
      { title: "broker", pid: nats.pid },
    ];
    const look: Look = {
      until: (wanted, timeoutMs) => announced(messenger, wanted, timeoutMs),
      read: () => read(messenger, processes),
    };
    const ended = running.map(({ title, life }) =>
      life.ended.then((how) => {
        throw failed(folder, `${title} ended ${endText(how)}`);
      }),
    );
    return await Promise.race([work(look), interruption(signals.interrupted), ...ended]);
  } finally {
    for (const roles of stopOrder) {
      const due = running.filter(({ role }) => roles.includes(role));
      await Promise.all(due.map(({ life }) => stopped(life)));
    }
    closeSync(log);
  }
}

async function stopped(life: Life): Promise<void> {
  life.terminate();
  const late = setTimeout(life.kill, stopMsMax);
  await life.ended;
  clearTimeout(late);
}

function failed(folder: string, why: string): CommandError {
  const said = readFileSync(join(folder, "processes.log"), "utf8").slice(-lastWordsMax);
  return new CommandError(`Cannot measure the run: ${why}. It said:\n${said}`);
}

function interruption(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const interrupted = () =>
      reject(new CommandError("Interrupted before it was measured", { exitCode: exitCodes.interrupted }));
    signal.addEventListener("abort", interrupted, { once: true });
  });
}

async function measured(look: Look, trainers: number, { iterations, budgetMs }: Bounds) {
  const begun = await look.until((said) => said.trainers === trainers && said.step > 0, patienceMs);
  const enough = (from: number, share: number) => {
    const until = performance.now() + share * budgetMs;
    return ({ step }: Announcement) =>
      step >= from + share * iterations ||
      (performance.now() >= until && step >= from + Math.min(iterationsMin, iterations));
  };
  const timeoutMs = budgetMs + patienceMs;
  await look.until(enough(begun.step, 1 / 4), timeoutMs);
  const before = await look.read();
  await look.until(enough(stepOf(before), 1), timeoutMs);
  return { before, after: await look.read() };
}

function announced(
  messenger: Messenger,
  wanted: (announcement: Announcement) => boolean,
  timeoutMs: number,
): Promise<Announcement> {
  return new Promise((resolve, reject) => {
    let last = "no announcement";
    // The timer must not keep the process alive after the launcher has given up.
    const timer = setTimeout(() => {
      heard.stop();
      reject(
        new CommandError(`Cannot measure the run: it must train within ${timeoutMs / 1000} s, got ${last}`),
      );
    }, timeoutMs).unref();
    const heard = messenger.hear(messages.announce, subjects.announce, (announcement) => {
      const { step, trainers, waitsFor } = announcement;
      last = `step ${step}, ${trainers} trainers${waitsFor === null ? "" : `, waiting for ${waitsFor}`}`;
      if (!wanted(announcement)) return;
      clearTimeout(timer);
      heard.stop();
      resolve(announcement);
    });
  });
}

/** Asks which actors are connected, then reads the metrics of each. */
async function read(messenger: Messenger, processes: readonly Running[]): Promise<Reading> {
  const { askStatus, status } = messages;
  const present = await messenger.askAll(askStatus, status, subjects.status, {}, answerMs);
  const pages = (role: string) =>
    Promise.all(
      present
        .filter((one) => one.role === role)
        .map(async ({ id, metricsPort }) => [id, await figures(role, metricsPort)] as const),
    );
  const [[coordinator], trainers] = await Promise.all([pages("coordinator"), pages("trainer")]);
  if (!coordinator) throw new CommandError("Cannot read the figures of the coordinator: it does not answer");
  return {
    atMs: performance.now(),
    coordinator: coordinator[1],
    trainers: new Map(trainers),
    cpuSeconds: new Map(
      processes.map(({ title, pid }) => [title, pid === undefined ? null : cpuSeconds(pid)]),
    ),
  };
}

export async function figures(role: string, port: number | null, path = "/metrics"): Promise<Sample[]> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: "close" } });
  if (!response.ok) {
    throw new CommandError(
      `Cannot read the figures of the ${role}: ${path} must answer 200, got ${response.status}`,
    );
  }
  return parseSamples(await response.text());
}

/** Reads step times from metrics.jsonl, which is complete once the run has stopped. */
function stepSeconds(folder: string, before: Reading, after: Reading): number[] {
  const [from, to] = [stepOf(before), stepOf(after)];
  return readFileSync(join(folder, run, "metrics.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { kind: string; step: number; seconds: number })
    .filter(({ kind, step }) => kind === "step" && step > from && step <= to)
    .map(({ seconds }) => seconds);
}

/** The number of steps taken when the reading was made. */
function stepOf({ coordinator }: Reading): number {
  return total(coordinator, "memnet_step");
}
