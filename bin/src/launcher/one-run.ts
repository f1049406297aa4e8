/** One run on this machine, from its services' start to their end. */

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { StoredState } from "@memnet/evaluator";
import { pagePortDefault } from "@memnet/evaluator/port";
import { newRunName } from "@memnet/protocol";
import { listGpus } from "@memnet/service/gpus";
import {
  encodeSafetensors,
  guessingLoss,
  type ModelConfig,
  parameterLayout,
  type Tensor,
  usesGpu,
} from "memnet";
import type { Configured } from "../configure/configure.ts";
import { runsDirDefault } from "../configure/runs-dir.ts";
import { exitCodes } from "../exit.ts";
import { type HostPorts, metricsPortDefault } from "../host/plan.ts";
import { connectOperator } from "../operator.ts";
import { complain, say } from "../output.ts";
import { memnetPath } from "../program.ts";
import { memnetCommand } from "../shell.ts";
import { endingText } from "../text/ending.ts";
import { openingText } from "../text/opening.ts";
import type { Turn } from "../text/progress.ts";
import { watchRun } from "../watch.ts";
import { portOr } from "./broker.ts";
import { Launcher, type Outcome, serviceEnvironment, unlessOver } from "./launcher.ts";
import { servicePlans } from "./services.ts";
import { governs } from "./signals.ts";
import type { Site } from "./site.ts";
import { supervised } from "./supervisor.ts";

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
  const outcome = await (site.broker ? withServices : withHost)(named, site, interrupted);
  if (outcome.kind === "give-up") {
    complain(outcome.why);
    return outcome.code;
  }
  const code = outcome.kind === "interrupted" ? exitCodes.interrupted : outcome.code;
  say(await endingOf(named, site, { code, wasOver: false }));
  return code;
}

/** Whether a run's trainers need processes of their own: the drivers of one process see one GPU. */
export function needsProcesses({ configured }: RunPlan): boolean {
  const { training, operation } = configured.config;
  return operation.trainers > 1 && usesGpu(training.engine) && listGpus().length > 1;
}

/** All actors in one process. */
async function withHost(named: NamedRun, site: Site, interrupted: AbortSignal): Promise<Outcome> {
  const { run, configured, turn } = named;
  const { config, initial } = configured;
  const { scratch, runsDir, port, metricsPort, connection, socket } = site;
  const where = { runsDir, port, metricsPort, connection, socket };
  const plan = { ...where, run, config, initial, turn };
  const env = serviceEnvironment(process.env, null);
  const onOpened = (ports: HostPorts) => say(openingText(named, { ...site, ...ports }));
  return supervised({ plan, scratch, env, onOpened }, interrupted);
}

/** Each actor in a process of its own. */
async function withServices(named: NamedRun, site: Site, interrupted: AbortSignal): Promise<Outcome> {
  const { run, configured, turn } = named;
  const { broker, scratch, runsDir } = site;
  const ports = {
    port: site.port || (await portOr(pagePortDefault)),
    metricsPort: site.metricsPort || (await portOr(metricsPortDefault)),
  };
  say(openingText(named, { ...site, ...ports }));
  const { url, plan: brokerPlan } = broker!;
  const launcher = new Launcher(serviceEnvironment(process.env, url));
  using _governed = governs(interrupted, launcher);
  try {
    launcher.start(brokerPlan);
    await using operator = await unlessOver(launcher, connectOperator({ url }));
    const { steps, trainers, dataEnvs } = configured.config.operation;
    const watch = watchRun(operator.messenger, { run, steps, turn });
    const files = writeConfiguration(scratch, configured);
    const gpus = usesGpu(configured.config.training.engine) ? listGpus().length : 0;
    for (const plan of servicePlans(memnetPath, {
      run,
      runsDir,
      ...ports,
      ...files,
      trainers,
      gpus,
      dataEnvs,
    }))
      launcher.start(plan);
    const outcome = await launcher.outcome;
    if (outcome.kind === "interrupted") {
      say("Stopping after a checkpoint; Ctrl-C once more ends at once, without one.");
    }
    await launcher.stop();
    watch.stop();
    return outcome;
  } finally {
    await launcher.stop();
  }
}

/** What the coordinator reads at each of its starts: the same, whatever has become of the files that were named. */
function writeConfiguration(scratch: string, { config, initial, model }: Configured) {
  const configFile = join(scratch, "config.json");
  writeFileSync(configFile, JSON.stringify(config));
  if (!initial) return { configFile, initialFile: null };
  const initialFile = join(scratch, "initial.safetensors");
  writeFileSync(initialFile, safetensorsOf(model, initial));
  return { configFile, initialFile };
}

function safetensorsOf(model: ModelConfig, flat: Float32Array): Uint8Array {
  const tensors = new Map<string, Tensor>(
    parameterLayout(model).map(({ name, shape, offset, length }) => [
      name,
      { shape, data: flat.subarray(offset, offset + length) },
    ]),
  );
  return encodeSafetensors({ tensors, metadata: {} });
}

/** Whether a run has ended and has no further steps to train. */
export async function isOver(runsDir: string, run: string, { config }: Configured): Promise<boolean> {
  if (!existsSync(join(runsDir, run, "config.json"))) return false;
  const { readRun } = await import("@memnet/evaluator");
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
  const { readRun } = await import("@memnet/evaluator");
  const { systemDisk } = await import("@memnet/service");
  return (await readRun(systemDisk, runsDir, run)).state;
}
