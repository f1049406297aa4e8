/** One run on this machine, from its process's start to its end. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { newRunName } from "@memnet/protocol";
import type { StoredState } from "@memnet/runs";
import { guessingLoss } from "memnet";
import type { Configured } from "../configure/configure.ts";
import { runsDirDefault } from "../configure/runs-dir.ts";
import { exitCodes } from "../exit.ts";
import type { HostPorts } from "../host/plan.ts";
import { complain, say } from "../output.ts";
import { memnetCommand } from "../shell.ts";
import { endingText } from "../text/ending.ts";
import { openingText } from "../text/opening.ts";
import type { Turn } from "../text/progress.ts";
import type { Site } from "./site.ts";
import { type Outcome, supervised } from "./supervisor.ts";

export interface RunPlan {
  /** Null: it gets its name when it begins. */
  readonly run: string | null;
  readonly configured: Configured;
  readonly resumes: boolean;
}

export interface NamedRun extends RunPlan {
  readonly run: string;
  /** Null where it is the only one. */
  readonly turn: Turn | null;
  /** The command that continues it. */
  readonly again: string;
}

/** A name of its own for a run that was given none: MACHINE_TIMESTAMP. */
export async function freshName({ runsDir }: Site): Promise<string> {
  const { readSettings } = await import("@memnet/service");
  return newRunName(readSettings(process.env).machine, Date.now(), new Set(readdirSync(runsDir)));
}

/** @returns the exit code, once no process of the run is left */
export async function trainOne(named: NamedRun, site: Site, interrupted: AbortSignal): Promise<number> {
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

/** All actors in one process, but for trainers that have GPUs of their own. */
async function withHost(named: NamedRun, site: Site, interrupted: AbortSignal): Promise<Outcome> {
  const { run, configured, turn } = named;
  const { config, initial } = configured;
  const { scratch, runsDir, port, metricsPort, socket } = site;
  const plan = { run, config, initial, runsDir, port, metricsPort, socket, turn };
  const onOpened = (ports: HostPorts) => say(openingText(named, { ...site, ...ports }));
  return supervised({ plan, scratch, env: hostEnvironment(process.env), onOpened }, interrupted);
}

/** MEMNET_PROGRAM is this program itself: see bin/memnet.js. */
const handedOn: ReadonlySet<string> = new Set(["MEMNET_MACHINE", "MEMNET_LOG_LEVEL", "MEMNET_PROGRAM"]);

/** A launcher's environment, without what would configure its process behind its back. */
function hostEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !name.startsWith("MEMNET_") || handedOn.has(name)),
  );
}

/** Whether a run has ended and has no further steps to train. */
export async function isOver(runsDir: string, run: string, { config }: Configured): Promise<boolean> {
  if (!existsSync(join(runsDir, run, "config.json"))) return false;
  const { readRun } = await import("@memnet/runs");
  const { systemDisk } = await import("@memnet/service");
  const { state, config: stored } = await readRun(systemDisk, runsDir, run);
  return state.state === "ended" && stored.operation.steps >= config.operation.steps;
}

async function endingOf(
  { run, configured, again }: NamedRun,
  { runsDir }: Site,
  { code, wasOver }: { code: number; wasOver: boolean },
): Promise<string> {
  const folder = join(runsDir, run);
  const metrics = join(folder, "metrics.jsonl");
  // Brings in the evaluator's code, for which a run's start need not wait.
  const { summaryOf } = await import("../text/summary.ts");
  const { config, task } = configured;
  const guessing = guessingLoss(task, config.training);
  return endingText({
    run,
    folder,
    failed: code === exitCodes.runFailed,
    stored: await stateOf(runsDir, run),
    summary: summaryOf(existsSync(metrics) ? readFileSync(metrics, "utf8") : "", guessing),
    guessing,
    steps: config.operation.steps,
    wasOver,
    again,
    next: memnetCommand([
      "test",
      run,
      ...(runsDir === resolve(runsDirDefault) ? [] : ["--runs-dir", runsDir]),
    ]),
  });
}

/** The run's state as the evaluator left it; null where the run was never made. */
async function stateOf(runsDir: string, run: string): Promise<StoredState | null> {
  if (!existsSync(join(runsDir, run, "config.json"))) return null;
  const { readRun } = await import("@memnet/runs");
  const { systemDisk } = await import("@memnet/service");
  return (await readRun(systemDisk, runsDir, run)).state;
}
