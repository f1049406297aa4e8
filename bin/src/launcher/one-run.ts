/** One run on this machine, from the start of its process to its end. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { newRunName } from "@memnet/protocol";
import type { RunOnDisk } from "@memnet/runs";
import { complain, exitCodes, type HostPorts, say } from "@memnet/terminal";
import { largestGuessingLoss } from "memnet";
import { type Configured, configure } from "../configure/configure.ts";
import type { Written } from "../configure/flags.ts";
import { existingRun, readInitial } from "../configure/runs-dir.ts";
import { memnetCommand, programTyped } from "../shell.ts";
import { runsDirFlag } from "../show-command.ts";
import { type EndingRecord, endingLine, endingRecord, endingText } from "../text/ending.ts";
import { openingText } from "../text/opening.ts";
import type { Series } from "../text/progress.ts";
import type { Summary } from "../text/summary.ts";
import type { Site } from "./site.ts";
import { type RunResult, supervised } from "./supervisor.ts";

export interface RunPlan {
  /** Null if the run gets its name when it begins. */
  readonly run: string | null;
  readonly configured: Configured;
  readonly resumes: boolean;
}

/** Configures a run, which may exist. */
export async function runPlan(runsDir: string, run: string | undefined, written: Written): Promise<RunPlan> {
  const existing = run === undefined ? null : existingRun(runsDir, run);
  const configured = await configure(written, {
    existing,
    readInitial: (all, model) => readInitial(runsDir, all, model),
  });
  return { run: run ?? null, configured, resumes: existing !== null };
}

export interface NamedRun extends RunPlan {
  readonly run: string;
  /** Whether a hub has the evaluator and the page, because other runs train at the same time. */
  readonly joins: boolean;
  /** Null if it is the only run. */
  readonly series: Series | null;
  /** The command that resumes the run. */
  readonly again: string;
}

/**
 * Makes a unique name for a run that was given none: MACHINE_TIMESTAMP.
 *
 * @param taken names of runs that have no folder yet
 */
export async function freshName({ runsDir }: Site, taken: readonly string[] = []): Promise<string> {
  const { readSettings } = await import("@memnet/service/settings");
  const known = new Set([...readdirSync(runsDir), ...taken]);
  return newRunName(readSettings(process.env).machine, Date.now(), known);
}

/** @returns the exit code, once no process of the run is left */
export async function trainOne(named: NamedRun, site: Site, interrupted: AbortSignal): Promise<number> {
  await using _followed = await eventsOf(named.run, site);
  if (await isOver(site.runsDir, named.run, named.configured)) {
    say(await endingOf(named, site, { code: exitCodes.done, wasOver: true }));
    return exitCodes.done;
  }
  const outcome = await withHost(named, site, interrupted);
  if (outcome.kind === "give-up") {
    complain(outcome.why);
    return outcome.code;
  }
  const code = outcome.kind === "interrupted" ? exitCodes.interrupted : outcome.code;
  say(await endingOf(named, site, { code, wasOver: false }));
  return code;
}

/** Writes the run's events for TensorBoard until disposed; null if none are written. */
async function eventsOf(run: string, { runsDir, tensorboard }: Site): Promise<AsyncDisposable | null> {
  if (tensorboard === null) return null;
  const { followRun } = await import("../tensorboard/follow.ts");
  return followRun({ root: runsDir, run, folder: tensorboard });
}

/** Runs all actors in one process, except trainers with GPUs of their own. */
async function withHost(named: NamedRun, site: Site, interrupted: AbortSignal): Promise<RunResult> {
  const { run, configured, series, joins } = named;
  const { config, initial } = configured;
  const { scratch, runsDir, port, metricsPort, socket } = site;
  const program = programTyped();
  const plan = { run, config, initial, runsDir, port, metricsPort, socket, joins, series, program };
  const onOpened = (ports: HostPorts) => {
    if (joins) return;
    site.served.port = ports.port;
    say(openingText(named, { ...site, ...ports }));
  };
  return supervised({ plan, scratch, env: hostEnvironment(process.env, site), onOpened }, interrupted);
}

/** MEMNET_PROGRAM is this program itself: see bin/memnet.js. */
const handedOn: ReadonlySet<string> = new Set(["MEMNET_MACHINE", "MEMNET_LOG_LEVEL", "MEMNET_PROGRAM"]);

/** The launcher's environment without variables that would reconfigure the host. A local run ignores NATS's. */
export function hostEnvironment(
  env: NodeJS.ProcessEnv,
  { address }: Pick<Site, "address">,
): NodeJS.ProcessEnv {
  const isKept = (name: string) => {
    if (name.startsWith("MEMNET_")) return handedOn.has(name);
    return address !== null || !name.startsWith("NATS_");
  };
  return Object.fromEntries(Object.entries(env).filter(([name]) => isKept(name)));
}

/** Reports whether a run has ended and has no further steps to train. */
export async function isOver(runsDir: string, run: string, { config }: Configured): Promise<boolean> {
  const stored = await storedRun(runsDir, run);
  return stored?.state.state === "ended" && stored.config.operation.steps >= config.operation.steps;
}

/** Returns how runs have ended, for a document; a run that was never created is left out. */
export async function endingRecords(runs: readonly NamedRun[], { runsDir }: Site): Promise<EndingRecord[]> {
  const records: EndingRecord[] = [];
  for (const { run, configured } of runs) {
    const stored = await storedRun(runsDir, run);
    if (stored)
      records.push(
        endingRecord(run, join(runsDir, run), stored.state, await summaryIn(runsDir, run, configured)),
      );
  }
  return records;
}

async function summaryIn(runsDir: string, run: string, { config, task }: Configured): Promise<Summary> {
  const metrics = join(runsDir, run, "metrics.jsonl");
  // Imported here because the start of a run does not need it.
  const { summaryOf } = await import("../text/summary.ts");
  const guessing = largestGuessingLoss(task, config.training);
  return summaryOf(existsSync(metrics) ? readFileSync(metrics, "utf8") : "", guessing);
}

async function endingOf(
  { run, configured, again, joins }: NamedRun,
  { runsDir }: Site,
  { code, wasOver }: { code: number; wasOver: boolean },
): Promise<string> {
  const { config, task } = configured;
  const text = joins ? endingLine : endingText;
  return text({
    run,
    folder: join(runsDir, run),
    failed: code === exitCodes.runFailed,
    stored: (await storedRun(runsDir, run))?.state ?? null,
    summary: await summaryIn(runsDir, run, configured),
    guessing: largestGuessingLoss(task, config.training),
    steps: config.operation.steps,
    wasOver,
    again,
    next: memnetCommand(["test", run, ...runsDirFlag(runsDir)]),
  });
}

/** The run as the evaluator stored it; null if it was never created. */
async function storedRun(runsDir: string, run: string): Promise<RunOnDisk | null> {
  if (!existsSync(join(runsDir, run, "config.json"))) return null;
  const { readRun } = await import("@memnet/runs");
  const { systemDisk } = await import("@memnet/service/disk");
  return readRun(systemDisk, runsDir, run);
}
