/** One run of the real system: the processes that `memnet train` starts, read twice while they train. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Fields, messages, subjects } from "@memnet/protocol";
import type { Messenger } from "@memnet/service";
import type { RunConfig } from "memnet";
import { CommandError } from "../bin/src/exit.ts";
import { ownBroker } from "../bin/src/launcher/broker.ts";
import { Launcher, serviceEnvironment, unlessOver } from "../bin/src/launcher/launcher.ts";
import { cpuSeconds } from "../bin/src/launcher/proc.ts";
import { servicePlans } from "../bin/src/launcher/services.ts";
import { governs, listenForSignals } from "../bin/src/launcher/signals.ts";
import { connectOperator } from "../bin/src/operator.ts";
import { memnetPath } from "../bin/src/program.ts";
import { type Anatomy, anatomyOf, type Reading } from "./anatomy.ts";
import { parseSamples, type Sample, total } from "./samples.ts";
import { type Bounds, iterationsMin } from "./timing.ts";

type Announcement = Fields<typeof messages.announce>;

export interface ClusterRun {
  readonly anatomy: Anatomy;
  /** Of each measured step, as metrics.jsonl has it: from its broadcast to its update. */
  readonly stepSeconds: readonly number[];
}

export const run = "bench";
/** Processes start and engines load within seconds; a step that takes longer is too large for this. */
export const patienceMs = 60_000;
/** Actors answer within milliseconds; a busy machine may take some more. */
const answerMs = 1000;

/** Trains for a quarter of the bounds as a warm-up, then measures, then stops the services in order. */
export function clusterRun(config: RunConfig, bounds: Bounds): Promise<ClusterRun> {
  return inRunsFolder(config, async (folder) => {
    const { before, after } = await whileTraining(folder, config, (look) =>
      measured(look, config.operation.trainers, bounds),
    );
    return { anatomy: anatomyOf(before, after), stepSeconds: stepSeconds(folder, before, after) };
  });
}

/** Work in a new runs folder, which holds the configuration as config.json and is removed afterwards. */
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
  /** The first announcement that is as wanted. */
  until(wanted: (announcement: Announcement) => boolean, timeoutMs: number): Promise<Announcement>;
  read(): Promise<Reading>;
}

async function whileTraining<T>(
  folder: string,
  config: RunConfig,
  work: (look: Look) => Promise<T>,
): Promise<T> {
  const { trainers, dataEnvs } = config.operation;
  const broker = await ownBroker(memnetPath);
  const launcher = new Launcher(serviceEnvironment(process.env, broker.url));
  using signals = listenForSignals();
  using _governed = governs(signals.interrupted, launcher);
  const aim = "it was measured";
  try {
    launcher.start(broker.plan);
    await using operator = await unlessOver(launcher, connectOperator({ url: broker.url }), aim);
    const { messenger } = operator;
    const plan = {
      run,
      runsDir: folder,
      port: 0,
      metricsPort: 0,
      trainers,
      dataEnvs,
      configFile: join(folder, "config.json"),
      initialFile: null,
    };
    for (const service of servicePlans(memnetPath, plan)) launcher.start(service);
    const look: Look = {
      until: (wanted, timeoutMs) => announced(messenger, wanted, timeoutMs),
      read: () => read(messenger, launcher),
    };
    return await unlessOver(launcher, work(look), aim);
  } finally {
    await launcher.stop();
  }
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
    // Not what keeps the process alive, once the launcher has given up.
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

/** Asks who is in, then each of them for its figures. */
async function read(messenger: Messenger, launcher: Launcher): Promise<Reading> {
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
      launcher.processes().map(({ plan: { service, title }, pid }) => {
        // Of whichever kind it is.
        const name = service === "broker" ? service : title;
        return [name, cpuSeconds(pid)];
      }),
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

/** The lines of metrics.jsonl, which are there once the run has stopped. */
function stepSeconds(folder: string, before: Reading, after: Reading): number[] {
  const [from, to] = [stepOf(before), stepOf(after)];
  return readFileSync(join(folder, run, "metrics.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { kind: string; step: number; seconds: number })
    .filter(({ kind, step }) => kind === "step" && step > from && step <= to)
    .map(({ seconds }) => seconds);
}

/** Steps taken at that moment. */
function stepOf({ coordinator }: Reading): number {
  return total(coordinator, "memnet_step");
}
