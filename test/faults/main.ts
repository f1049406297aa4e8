/**
 * `npm run test:faults`: inflicts faults on real processes.
 *
 *     npm run test:faults -- --help
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { skipWithout } from "@memnet/service/testing";
import { CommandError, complain, ending, exitCodes, say, UsageError } from "@memnet/terminal";
import { builtInTask, chooseEngine, modelOf, presetConfig, type RunConfig } from "memnet";
import { memnetPath, plainEnvironment } from "../cluster/processes.ts";
import { harmsConnections } from "./draw.ts";
import { harm } from "./harm.ts";
import { help, type Options, readOptions } from "./options.ts";
import { secondsPerStep } from "./progress.ts";
import { commonSteps, faultsIn, type RunRecord, readRecord } from "./record.ts";
import { jsonReport, lastLine, type QuietRun } from "./report.ts";
import { System } from "./system.ts";

const run = "faults";
/** More steps than any quiet run takes. */
const unreached = 1_000_000_000;

// This process's exit handlers end what it started, however it ends.
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(name, () => process.exit(exitCodes.interrupted));
}
try {
  const options = readOptions(process.argv.slice(2));
  if (options) process.exitCode = await main(options);
  else process.stdout.write(help);
} catch (error) {
  const { code, text } = ending(error);
  complain(text);
  process.exitCode = code;
}

async function main(options: Options): Promise<number> {
  const missing = options.isLocal ? false : skipWithout("nats-server");
  if (missing) throw new UsageError(`Cannot do faults to a real broker: ${missing}`);
  const folder = mkdtempSync(join(tmpdir(), "memnet-faults-"));
  try {
    const wrong = await compare(options, folder);
    if (wrong.length > 0) throw new CommandError(wrong.join("\n"));
    rmSync(folder, { recursive: true, force: true });
    return exitCodes.done;
  } catch (error) {
    complain(ending(error).text);
    complain(`Failed with --seed ${options.seed}; what the processes said, and the runs' files: ${folder}`);
    return exitCodes.failure;
  }
}

/** @returns a list of what is wrong */
async function compare(options: Options, folder: string): Promise<string[]> {
  const { trainers, everySeconds, inRow, seed } = options;
  const plural = trainers === 1 ? "" : "s";
  say(`${options.preset}, ${trainers} trainer${plural}${options.isLocal ? " in one process" : ""}`);
  const quiet = await quietRun(options, join(folder, "quiet"));
  const isLonger = options.quietMinutes < options.minutes;
  const planned = isLonger ? null : quiet.record.steps.length;
  say(`Run with faults: every ${everySeconds} s, ${inRow} in a row, seed ${seed}`);
  const harmed = await withSystem(
    options,
    join(folder, "faults"),
    await configOf(options, planned ?? unreached),
    async (system) => {
      await system.begun();
      const watch = system.watch();
      try {
        const figures = await harm(system, options, { steps: planned, quietSeconds: quiet.pace }, say);
        return { figures, record: recordOf(system), watch };
      } finally {
        await watch.stop();
        say(`\n${watch.table}\n`);
      }
    },
  );
  const { growing } = harmed.watch;
  const steps = planned ?? harmed.record.steps.length;
  const wrong = [...faultsIn(harmed.record, quiet.record, steps), ...growing];
  if (isLonger) {
    const from = commonSteps(harmed.record, quiet.record).at(-1) ?? 1;
    if (!(await verified(join(folder, "faults", "kept"), from, steps))) {
      wrong.push(`memnet verify must confirm the steps from ${from} to ${steps}`);
    }
  }
  const report = { options, quiet, harmed, wrong };
  if (options.json !== null) writeFileSync(options.json, jsonReport(report));
  say(lastLine(report));
  return wrong;
}

/** Computes a run's steps again. */
async function verified(runsDir: string, from: number, to: number): Promise<boolean> {
  say(`Computing the steps from ${from} to ${to} again`);
  const args = ["verify", run, "--runs-dir", runsDir, "--steps", `${from}..${to}`];
  const verifying = spawn(process.execPath, [memnetPath, ...args], {
    env: plainEnvironment(),
    stdio: "inherit",
  });
  const [code] = await once(verifying, "exit");
  return code === exitCodes.done;
}

/** Runs for the time in the options, then stops. */
async function quietRun(options: Options, folder: string): Promise<QuietRun> {
  say(`Quiet run: ${options.quietMinutes} min`);
  const quiet = await withSystem(options, folder, await configOf(options, unreached), async (system) => {
    await system.begun();
    const begunMs = performance.now();
    await system.passes(options.quietMinutes * 60_000);
    // Start counting as in the run with faults: a run is slower in its first half minute, until its code is compiled.
    const fromMs = begunMs + options.everySeconds * 1000;
    const pace = secondsPerStep(system.progress, fromMs, performance.now());
    const everySecond = system.progress.everySecond(begunMs);
    await system.stopRun();
    return { pace, everySecond, record: recordOf(system) };
  });
  say(`Quiet run: ${quiet.record.steps.length} steps, ${(1 / quiet.pace).toFixed(1)} a second`);
  return quiet;
}

async function configOf({ preset, trainers, checkpointEvery }: Options, steps: number): Promise<RunConfig> {
  const { training } = presetConfig(preset, { engine: "auto" });
  const { name: engine } = await chooseEngine("auto", modelOf(training, builtInTask(training.task.name)));
  // Branches are for larger runs, and have to bear faults too.
  return presetConfig(preset, { engine, trainers, checkpointEvery, steps, branchesFrom: 2 });
}

async function withSystem<T>(
  { only, isLocal, minutes }: Options,
  folder: string,
  config: RunConfig,
  work: (system: System) => Promise<T>,
): Promise<T> {
  const system = isLocal
    ? await System.local(run, config, folder, { minutes })
    : await System.cluster(run, config, folder, { minutes, isProxied: only.some(harmsConnections) });
  try {
    return await work(system);
  } finally {
    await system[Symbol.asyncDispose]();
    // The disk is removed with the system, but a failure report needs its contents.
    cpSync(system.disk.folder, join(folder, "kept"), { recursive: true });
    system.disk[Symbol.dispose]();
  }
}

function recordOf({ disk }: System): RunRecord {
  return readRecord(readFileSync(join(disk.folder, run, "metrics.jsonl"), "utf8"));
}
