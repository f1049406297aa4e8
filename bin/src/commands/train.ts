/** memnet train: a run on this machine, from its first step to its last. */

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { StoredState } from "@memnet/evaluator";
import { newRunName } from "@memnet/protocol";
import type { Command } from "commander";
import {
  architectureText,
  conditionText,
  encodeSafetensors,
  type ModelConfig,
  parameterLayout,
  type Tensor,
} from "memnet";
import { type Configured, configure } from "../configure/configure.ts";
import { configurationFlags, type Written, wholeOf } from "../configure/flags.ts";
import { checkRunName, existingRun, readInitial, runsDirDefault } from "../configure/runs-dir.ts";
import type { Define } from "../define.ts";
import { exitCodes, UsageError } from "../exit.ts";
import { type BrokerPlan, freePort, isPortFree, ownBroker } from "../launcher/broker.ts";
import { Launcher, type Outcome, serviceEnvironment, unlessOver } from "../launcher/launcher.ts";
import { takeLock } from "../launcher/lock.ts";
import { servicePlans } from "../launcher/services.ts";
import { listenForSignals } from "../launcher/signals.ts";
import { type Connection, connectionFrom, connectOperator } from "../operator.ts";
import { complain, say } from "../output.ts";
import { memnetPath } from "../program.ts";
import { figure, share, whole } from "../text/figures.ts";
import { summaryOf } from "../text/summary.ts";
import { watchRun } from "../watch.ts";

interface Flags {
  readonly run?: string;
  readonly runsDir: string;
  readonly port?: string;
}

const portDefault = 8097;

export const define: Define = (command: Command, finish) => {
  command.description(
    "Trains a model on this machine: starts a broker (unless NATS_URL names one), an evaluator, a coordinator, " +
      "data-envs and trainers as processes, and shows how the run goes. Ctrl-C stops it after a checkpoint; the same " +
      "command with --run NAME goes on from there.",
  );
  const written = configurationFlags(command);
  command
    .option("--run <name>", "name of the run: letters, digits, - and _ (default: MACHINE_TIMESTAMP)")
    .option("--runs-dir <folder>", "where runs are kept", runsDirDefault)
    .option(
      "--port <number>",
      `of the evaluator's /metrics and /healthz; 0 takes a free one (default: ${portDefault}, or a free one)`,
    )
    .addHelpText(
      "after",
      `
A setting that is given twice counts as given last; --config is laid over --preset, flags and --set over both.

Exit codes: 0 done, 1 failure, 2 bad usage or configuration, 3 the run failed, 130 interrupted.

Examples:
  memnet train --preset ntm-copy --seed 7 --run copy-7 --until 'wrongBits<0.1'
  memnet train --trainers 4 --set memory.slots=64 --set task.repeats=1..4
  memnet train --from copy-7@5000 --preset ntm-copy --set task.length=1..20`,
    )
    .action(async (flags: Flags) => finish(await train(flags, written())));
};

async function train(flags: Flags, written: Written): Promise<number> {
  const runsDir = resolve(flags.runsDir);
  if (flags.run !== undefined) checkRunName(flags.run);
  const existing = flags.run === undefined ? null : existingRun(runsDir, flags.run);
  const configured = await configure(written, {
    existing,
    readInitial: (all, model) => readInitial(runsDir, all, model),
  });
  const { parseServers, readSettings } = await import("@memnet/service");
  const { machine } = readSettings(process.env);
  const port = await metricsPort(flags.port);
  const own = process.env.NATS_URL ? null : await ownBroker(memnetPath);
  const connection = own ? { url: own.url } : await connectionFrom(process.env);
  const address = parseServers(connection.url).display;
  const lock = takeLock(runsDir, address);
  const scratch = mkdtempSync(join(tmpdir(), "memnet-"));
  const cleanUp = () => {
    lock.release();
    rmSync(scratch, { recursive: true, force: true });
  };
  // Also where a second Ctrl-C ends the process at once.
  process.on("exit", cleanUp);
  try {
    const run = flags.run ?? newRunName(machine, Date.now(), new Set(readdirSync(runsDir)));
    const place = { run, runsDir, port, resumes: existing !== null };
    say(opening(configured, place, own ? `${own.kind} at ${address}` : address));
    return await trainWithServices({ configured, place, own, connection, scratch });
  } finally {
    process.off("exit", cleanUp);
    cleanUp();
  }
}

interface Place {
  readonly run: string;
  readonly runsDir: string;
  readonly port: number;
  readonly resumes: boolean;
}

interface Training {
  readonly configured: Configured;
  readonly place: Place;
  readonly own: BrokerPlan | null;
  readonly connection: Connection;
  readonly scratch: string;
}

async function trainWithServices({ configured, place, own, connection, scratch }: Training): Promise<number> {
  const { config } = configured;
  const launcher = new Launcher(serviceEnvironment(process.env, connection.url, own !== null));
  const stopListening = listenForSignals(launcher);
  try {
    if (own) launcher.start(own.plan);
    await using operator = await unlessOver(launcher, connectOperator(connection));
    const watch = watchRun(operator.messenger, place.run, config.operation.steps);
    const files = writeConfiguration(scratch, configured);
    const { trainers, dataEnvs } = config.operation;
    for (const plan of servicePlans(memnetPath, { ...place, ...files, trainers, dataEnvs }))
      launcher.start(plan);
    const outcome = await launcher.outcome;
    if (outcome.kind === "interrupted") {
      say("Stopping after a checkpoint; Ctrl-C once more ends at once, without one.");
    }
    await launcher.stop();
    watch.stop();
    return ended(outcome, place, await stateOf(place));
  } finally {
    await launcher.stop();
    stopListening();
  }
}

async function metricsPort(given: string | undefined): Promise<number> {
  if (given === undefined) return (await isPortFree(portDefault)) ? portDefault : freePort();
  const port = wholeOf("--port", given, 0, 65_535);
  if (port === 0) return freePort();
  if (await isPortFree(port)) return port;
  throw new UsageError(`Cannot use --port ${port}: the port must be free, and another process has it`);
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

function opening(
  { config, model, engine }: Configured,
  { run, runsDir, port, resumes }: Place,
  broker: string,
): string {
  const { training, operation } = config;
  const { name: task, sha256: _sha256, ...settings } = training.task;
  const sizes = Object.entries(settings).map(
    ([name, value]) => `${name} ${Array.isArray(value) ? value.join("–") : value}`,
  );
  const until = training.until ? `, until ${conditionText(training.until)}` : "";
  const refused = engine.refused.map(({ name, why }) => `\n             not ${name}: ${why.split("\n")[0]}`);
  return [
    `${resumes ? "Going on with run" : "Run"} ${run}`,
    `  task       ${task}: ${sizes.join(", ")}`,
    `  training   ${whole(operation.steps)} steps of ${training.sequencesPerStep} sequences${until}, seed ${training.seed}, ${training.optimizer.kind}`,
    `  engine     ${engine.name}${refused.length > 0 ? ", the fastest that works here" : ""}${refused.join("")}`,
    `  broker     ${broker}`,
    `  files      ${join(runsDir, run)}`,
    `  metrics    http://127.0.0.1:${port}/metrics`,
    "",
    architectureText(model),
    "",
  ].join("\n");
}

/** The run's state as the evaluator left it; null where the run was never made. */
async function stateOf({ run, runsDir }: Place): Promise<StoredState | null> {
  if (!existsSync(join(runsDir, run, "config.json"))) return null;
  const { readRun } = await import("@memnet/evaluator");
  const { systemDisk } = await import("@memnet/service");
  return (await readRun(systemDisk, runsDir, run)).state;
}

function ended(outcome: Outcome, place: Place, stored: StoredState | null): number {
  if (outcome.kind === "give-up") {
    complain(outcome.why);
    return outcome.code;
  }
  const { run, runsDir } = place;
  const folder = join(runsDir, run);
  const metrics = join(folder, "metrics.jsonl");
  const { checkpoint, best } = summaryOf(existsSync(metrics) ? readFileSync(metrics, "utf8") : "");
  const elsewhere = runsDir === resolve(runsDirDefault) ? "" : ` --runs-dir ${runsDir}`;
  const code = outcome.kind === "interrupted" ? exitCodes.interrupted : outcome.code;
  const failed = code === exitCodes.runFailed;
  const title = failed ? "The run failed" : stored?.state === "ended" ? "Done" : "Stopped";
  const step = checkpoint ? `at step ${whole(checkpoint.step)}` : "before its first checkpoint";
  say(
    [
      `${title} ${step}`,
      ...(failed && stored?.reason ? [`  reason     ${stored.reason}`] : []),
      ...(checkpoint ? [`  parameters SHA-256 ${checkpoint.sha256}`] : []),
      ...(best
        ? [
            `  best       step ${whole(best.step)}: loss ${figure(best.lossBits)} bits, wrong bits ${figure(best.wrongBits)}, exact ${share(best.exact)}`,
          ]
        : []),
      `  files      ${folder}`,
      ...(title === "Stopped" ? [`  to go on   the same command with --run ${run}`] : []),
      ...(checkpoint ? [`  next       memnet test ${run}${elsewhere}`] : []),
    ].join("\n"),
  );
  return code;
}
