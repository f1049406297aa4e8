/**
 * `--star`: a run with many trainers around one coordinator, over nats-server. The trainers' engines cost next to
 * nothing, so that what is timed is the star itself.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startNatsServer, type TestBroker } from "@memnet/service/testing";
import { CommandError, complain, table } from "@memnet/terminal";
import { builtInTask, modelOf, parameterCount, presetConfig, type RunConfig } from "memnet";
import { freePort, memnetPath, plainEnvironment } from "../test/cluster/processes.ts";
import { type Adding, timeAdding } from "./adding.ts";
import { profilesIn, sharesOf } from "./profile.ts";
import { type Queue, Queues } from "./queues.ts";
import { median } from "./timing.ts";

export interface StarSize {
  readonly trainers: number;
  /** Micro-batches of a step. */
  readonly microBatches: number;
  /** Hidden units of the network's controller, which decide how large a gradient is. */
  readonly hidden: number;
  /** Whether trainers add up branches. */
  readonly branched: boolean;
}

/** 64 trainers with gradients of 250 kB, and 16 with 4 MB, which travel as blobs; with branches and without. */
export const starSizes: readonly StarSize[] = [false, true].flatMap((branched) => [
  { trainers: 64, microBatches: 64, hidden: 100, branched },
  { trainers: 16, microBatches: 16, hidden: 473, branched },
]);

export interface StarRow extends StarSize {
  readonly gradientBytes: number;
  /** How many were timed. */
  readonly steps: number;
  /** Wall time of a step. */
  readonly stepMs: number;
  /** Phases of a step as the coordinator measures them, in milliseconds. */
  readonly phases: Readonly<Record<string, number>>;
  /** Processor time of a step, in milliseconds, by processes. */
  readonly processorMs: Readonly<Record<string, number>>;
  /** The coordinator's processor time of a step, in milliseconds, by what it did. */
  readonly works: Readonly<Record<string, number>>;
  /** The sum of a step's gradients alone, beside a copy of them. */
  readonly adding: Adding;
  readonly queues: readonly Queue[];
  /** A step's time with a subscriber that reads nothing, as a share of the time without one. */
  readonly withSlow: number;
  /** How many such subscribers nats-server has cut off. */
  readonly cutOff: number;
}

const run = "star";
const processesMax = 8;
const patienceMs = 300_000;
const warmUpMs = 5000;
/** Turns with and without a slow subscriber. */
const turns = 5;
const unreached = 1_000_000_000;
const root = fileURLToPath(new URL("..", import.meta.url));

/** @param seconds of each measurement */
async function timeStar(size: StarSize, seconds: number): Promise<Omit<StarRow, "adding">> {
  const folder = mkdtempSync(join(tmpdir(), "memnet-star-"));
  const config = configOf(size);
  const { training } = config;
  const gradientBytes = 4 * parameterCount(modelOf(training, builtInTask(training.task.name)));
  const monitoring = await freePort();
  await using nats = await startNatsServer(["-m", String(monitoring)]);
  const log = openSync(join(folder, "processes.log"), "a");
  const children: ChildProcess[] = [];
  const killAll = () => {
    for (const { pid } of children) killGroup(pid);
    rmSync(folder, { recursive: true, force: true });
  };
  process.on("exit", killAll);
  const start = (args: readonly string[], env: NodeJS.ProcessEnv = {}) => {
    const child = spawn(process.execPath, args, {
      // A session for each, as on a machine of its own: Linux shares processors out by sessions.
      ...{ cwd: root, stdio: ["ignore", log, log], detached: true },
      env: { ...plainEnvironment(), ...nats.env, ...env },
    });
    children.push(child);
    return child;
  };
  try {
    const port = await freePort();
    const configFile = join(folder, "config.json");
    writeFileSync(configFile, JSON.stringify(config));
    const evaluator = start([
      memnetPath,
      "evaluator",
      "--runs-dir",
      join(folder, "runs"),
      "--page-port",
      "0",
    ]);
    // From its sources, so that a profile names the files.
    const begin = `process.argv.splice(1, 0, "memnet");
      const { main } = await import("./bin/src/main.ts");
      process.exit(await main(process.argv.slice(2)));`;
    const coordinator = start(
      [
        ...["--cpu-prof", "--cpu-prof-dir", folder, "--import", "tsx", "--input-type=module", "-e", begin],
        ...["coordinator", "--run", run, "--config", configFile],
      ],
      { MEMNET_METRICS_PORT: String(port) },
    );
    const hosts = Math.min(processesMax, size.trainers);
    const trainers = Array.from({ length: hosts }, (_, index) => {
      const count = Math.ceil((size.trainers - index) / hosts);
      const program = fileURLToPath(new URL("./star-trainers.ts", import.meta.url));
      return start(["--import", "tsx", program, run, String(count)]);
    });
    const groups = { coordinator: [coordinator], trainers, evaluator: [evaluator] };
    const logFile = join(folder, "processes.log");
    const tooSoon = children.map(async (child) => {
      const [code, signal] = await once(child, "exit");
      throw new CommandError(`A process ended with ${code ?? signal}. It said:\n${lastWords(logFile)}`);
    });
    for (const ended of tooSoon) ended.catch(() => {});
    await Promise.race([begun(port, size.trainers, logFile), ...tooSoon]);
    await sleep(warmUpMs);
    const row = await measured({ port, monitoring, nats, groups, seconds });
    coordinator.kill("SIGTERM");
    await Promise.race([once(coordinator, "exit"), sleep(patienceMs)]);
    const { fromUs, toUs, ...figures } = row;
    const shares = sharesOf(profilesIn(folder), fromUs, toUs);
    const works = [...shares].map(([work, share]) => [work, share * row.processorMs.coordinator!]);
    return { ...size, gradientBytes, ...figures, works: Object.fromEntries(works) };
  } finally {
    closeSync(log);
    process.off("exit", killAll);
    killAll();
  }
}

function configOf({ trainers, microBatches, hidden, branched }: StarSize): RunConfig {
  return presetConfig("original-ntm-copy", {
    controller: { hidden },
    task: { length: [1, 2] },
    ...{ sequencesPerStep: microBatches, microBatch: 1, trainers },
    // Only `wasm` runs have an engine in the coordinator, which would find the trainers' gradients wrong.
    engine: "tfjs-cpu",
    ...{ steps: unreached, evaluateEvery: unreached, checkpointEvery: 500, audit: 0 },
    branchesFrom: branched ? 2 : 0,
  });
}

interface Star {
  readonly port: number;
  readonly monitoring: number;
  readonly nats: TestBroker;
  readonly groups: Readonly<Record<string, readonly ChildProcess[]>>;
  readonly seconds: number;
}

async function begun(port: number, trainers: number, logFile: string): Promise<void> {
  for (const deadline = performance.now() + patienceMs; performance.now() < deadline; await sleep(200)) {
    const seen = await look(port).catch(() => undefined);
    // On a busy machine some are lost for a moment.
    if (seen && seen.trainers >= 0.9 * trainers && seen.step >= 3) return;
  }
  const said = lastWords(logFile);
  throw new CommandError(
    `Cannot time the star: it did not begin in ${patienceMs / 1000} s. It said:\n${said}`,
  );
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

function lastWords(logFile: string): string {
  return readFileSync(logFile, "utf8").slice(-4000);
}

async function measured(star: Star) {
  const { port, monitoring, nats, groups, seconds } = star;
  const queues = new Queues(monitoring, async () => (await look(port)).unsent);
  const fromUs = monotonicUs();
  const [before, spentBefore] = [await look(port), processorOf({ ...groups, "nats-server": [nats] })];
  await sleep(1000 * seconds);
  const [after, spentAfter] = [await look(port), processorOf({ ...groups, "nats-server": [nats] })];
  const toUs = monotonicUs();
  const filled = queues.stop();
  const steps = after.step - before.step;
  if (steps < 3) throw new CommandError(`Cannot time the star: it took ${steps} steps in ${seconds} s`);
  const perStep = (spent: number, earlier: number) => (1000 * (spent - earlier)) / steps;
  const phases = Object.entries(after.phases).map(([name, sum]) => [
    name,
    perStep(sum, before.phases[name] ?? 0),
  ]);
  const processor = Object.entries(spentAfter).map(([name, sum]) => [name, perStep(sum, spentBefore[name]!)]);
  return {
    ...{ fromUs, toUs, steps, stepMs: (after.atMs - before.atMs) / steps, queues: filled },
    phases: Object.fromEntries(phases) as Record<string, number>,
    processorMs: Object.fromEntries(processor) as Record<string, number>,
    ...(await besideSlow(star)),
  };
}

/** Times turns with and without a subscriber that reads nothing. */
async function besideSlow({ port, monitoring, nats, seconds }: Star) {
  const ratios: number[] = [];
  const cutOffBefore = await slowConsumers(monitoring);
  for (let turn = 0; turn < turns; turn++) {
    const without = await stepMsOver(port, seconds / 2);
    const slow = await deafSubscriber(nats.port);
    ratios.push((await stepMsOver(port, seconds / 2)) / without);
    slow.destroy();
  }
  return { withSlow: median(ratios), cutOff: (await slowConsumers(monitoring)) - cutOffBefore };
}

async function stepMsOver(port: number, seconds: number): Promise<number> {
  const before = await look(port);
  await sleep(1000 * seconds);
  const after = await look(port);
  return (after.atMs - before.atMs) / Math.max(1, after.step - before.step);
}

/** Subscribes to everything, and reads nothing of it. */
async function deafSubscriber(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  await once(socket, "data");
  socket.pause();
  socket.write('CONNECT {"verbose":false,"name":"deaf"}\r\nSUB > 1\r\n');
  return socket;
}

async function slowConsumers(monitoring: number): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${monitoring}/varz`);
  return ((await answer.json()) as { slow_consumers: number }).slow_consumers;
}

/** What the coordinator's metrics say at this moment. */
async function look(port: number) {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { connection: "close" } });
  const text = await answer.text();
  const atMs = performance.now();
  const values = (name: string): [labels: string, value: number][] =>
    [...text.matchAll(new RegExp(`^memnet_${name}(\\{.*\\})? (\\S+)$`, "gm"))].map(([, labels, value]) => [
      labels ?? "",
      Number(value),
    ]);
  const sum = (name: string) => values(name).reduce((all, [, value]) => all + value, 0);
  const phases = values("step_phase_seconds_sum").map(([labels, value]) => [
    /phase="(\w+)"/.exec(labels)![1]!,
    value,
  ]);
  return {
    ...{ atMs, step: sum("step"), trainers: sum("trainers"), unsent: sum("bus_unsent_bytes") },
    phases: Object.fromEntries(phases) as Record<string, number>,
  };
}

/** Seconds of processor time that each group of processes has spent, in all threads. */
function processorOf(groups: Readonly<Record<string, readonly { readonly pid?: number | undefined }[]>>) {
  const spent = (pid: number | undefined) => {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
    // In hundredths of a second: utime and stime.
    return (Number(fields[11]) + Number(fields[12])) / 100;
  };
  const sums = Object.entries(groups).map(([name, processes]) => [
    name,
    processes.reduce((sum, { pid }) => sum + spent(pid), 0),
  ]);
  return Object.fromEntries(sums) as Record<string, number>;
}

/** The clock of profiles. */
function monotonicUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

export function starTable(rows: readonly StarRow[]): string {
  const titles = rows.map(
    ({ trainers, gradientBytes, branched }) =>
      `>${trainers} trainers, ${(gradientBytes / 1000).toFixed(0)} kB${branched ? ", branches" : ""}`,
  );
  const lines = (name: string, read: (row: StarRow) => Readonly<Record<string, number>>) => {
    const names = [...new Set(rows.flatMap((row) => Object.keys(read(row))))];
    return names.map((one) => [`${name} ${one}`, ...rows.map((row) => (read(row)[one] ?? 0).toFixed(2))]);
  };
  const times = table(
    ["milliseconds a step", ...titles],
    [
      ["steps timed", ...rows.map(({ steps }) => String(steps))],
      ["wall", ...rows.map(({ stepMs }) => stepMs.toFixed(1))],
      ...lines("phase", ({ phases }) => phases),
      ...lines("processor,", ({ processorMs }) => processorMs),
      ...lines("coordinator,", ({ works }) => works),
      ["the sum of the gradients alone", ...rows.map(({ adding }) => adding.sumMs.toFixed(2))],
      ["a copy of them", ...rows.map(({ adding }) => adding.copyMs.toFixed(2))],
      ["with a deaf subscriber / without", ...rows.map(({ withSlow }) => withSlow.toFixed(3))],
      ["deaf subscribers cut off", ...rows.map(({ cutOff }) => String(cutOff))],
    ],
  );
  const queues = rows.map(({ trainers, branched, queues }) =>
    table(
      [`kB waiting, ${trainers} trainers${branched ? ", branches" : ""}`, ">mean", ">most", ">of its bound"],
      queues.map(({ name, mean, most, bound }) => [
        ...[name, (mean / 1000).toFixed(1), (most / 1000).toFixed(1)],
        bound === null ? "" : `${((100 * most) / bound).toFixed(1)} %`,
      ]),
    ),
  );
  return [times, ...queues].join("\n\n");
}

/** Times each size, and prints it as soon as it is there. */
export async function timeStars(sizes: readonly StarSize[], seconds: number): Promise<StarRow[]> {
  const rows: StarRow[] = [];
  for (const size of sizes) {
    const timed = await timeStar(size, seconds);
    const row = { ...timed, adding: await timeAdding(size.microBatches, timed.gradientBytes / 4) };
    complain(starTable([row]));
    rows.push(row);
  }
  return rows;
}
