/**
 * `npm run test:sweep`: trains a sweep on real workers that are killed all the time, interrupts its command twice, and
 * compares each run's parameters with those of the run trained alone.
 *
 *     npm run test:sweep -- --help
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { skipWithout, startNatsServer } from "@memnet/service/testing";
import { CommandError, complain, duration, ending, exitCodes, say, UsageError } from "@memnet/terminal";
import { train } from "memnet";
import { childrenOf, freePort, memnetPath, plainEnvironment } from "../cluster/processes.ts";
import { numberOf } from "./options.ts";
import { insideBroker, insideService, metricsPortIn, vitalsOf } from "./vitals.ts";
import { Watch } from "./watch.ts";

const help = `Trains a sweep on workers that are killed, and compares it with single runs.

  --workers N    how many, of one run each (default 2)
  --seeds N      seeds of each point (default 5)
  --steps N      steps of each run (default 1500)
  --kill-every S seconds between kills (default 20)
  --resume N     how often the sweep's command is interrupted and begun again (default 2)
  --json FILE    writes there what the processes took every five seconds

The evaluator, nats-server and the sweep's command live as long as the sweep. What they and the workers took at 1, 10, 30
and 60 minutes is printed at the end.

Exit codes: 0 every run has the bits of the run alone and no process grew without bound, 1 not, 2 bad usage.
`;

const presets = ["original-dnc-repeat-copy-fast", "original-ntm-copy"] as const;
const rates = ["1e-3", "3e-3"];
const name = "hunted";

const children = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of children) kill(child);
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(signal, () => process.exit(exitCodes.interrupted));
try {
  process.exitCode = await main();
} catch (error) {
  const { code, text } = ending(error);
  complain(text);
  process.exitCode = code;
}
// The broker and its connections end with this process.
process.exit();

async function main(): Promise<number> {
  const values = parsed();
  if (values.help) {
    process.stdout.write(help);
    return exitCodes.done;
  }
  const missing = skipWithout("nats-server");
  if (missing) throw new UsageError(`Cannot do faults to a real broker: ${missing}`);
  const whole = (name: Exclude<keyof typeof values, "help" | "json">, otherwise: number, above = 0) =>
    numberOf(`--${name}`, values[name] ?? String(otherwise), { whole: true, above, most: 1_000_000 });
  const [workers, seeds, steps] = [whole("workers", 2), whole("seeds", 5), whole("steps", 1500)];
  const [killEvery, resume] = [whole("kill-every", 20), whole("resume", 2, -1)];
  const folder = mkdtempSync(join(tmpdir(), "memnet-sweep-"));
  const runsDir = join(folder, "runs");
  const monitoring = await freePort();
  const broker = await startNatsServer(["-js", "-sd", join(folder, "store"), "-m", String(monitoring)]);
  const env = { ...plainEnvironment(), ...broker.env, MEMNET_MACHINE: "test" };
  mkdirSync(runsDir);
  const crew = new Map<string, Logged>();
  const employ = (name: string, ...args: readonly string[]) =>
    crew.set(name, startLogged(env, join(folder, `${name}-${crew.size}-${performance.now()}.log`), ...args));
  employ("evaluator", "evaluator", "--runs-dir", runsDir, "--page-port", "0");
  for (let at = 0; at < workers; at++) employ(workerName(at), "worker", "--parallel", "1");
  const watched = [...crew.keys()].map((name) => ({ name, vitals: () => crew.get(name)!.vitals() }));
  const vitals = () => vitalsOf(broker.pid, () => insideBroker(monitoring));
  const watch = new Watch([{ name: "nats-server", vitals }, ...watched], runsDir);
  let kills = 0;
  const killing = setInterval(() => {
    const worker = workerName(kills++ % workers);
    kill(crew.get(worker)!.child);
    employ(worker, "worker", "--parallel", "1");
  }, 1000 * killEvery);
  const begun = performance.now();
  for (let time = 0; time <= resume; time++) {
    const isLast = time === resume;
    const code = await sweep(env, seeds, steps, isLast ? null : 1000 * killEvery * 1.5);
    if (isLast && code !== 0) throw new CommandError(`The sweep ended with ${code}; its runs: ${runsDir}`);
    say(isLast ? "The sweep has ended" : `The sweep's command ended with ${code}, and is begun again`);
  }
  clearInterval(killing);
  await watch.stop();
  const seconds = (performance.now() - begun) / 1000;
  say(`${presets.length * rates.length * seeds} runs in ${duration(seconds)}, ${kills} workers killed`);
  say(`\n${watch.table}\n`);
  if (values.json) writeFileSync(values.json, `${JSON.stringify(watch.figures)}\n`);
  const wrong = [...watch.growing, ...(await compare(runsDir, seeds, steps))];
  if (wrong.length > 0) throw new CommandError(`${wrong.join("\n")}\nThe runs: ${runsDir}`);
  say("Every run has the parameters of the run trained alone");
  for (const child of children) kill(child);
  await broker.stop();
  rmSync(folder, { recursive: true, force: true });
  return exitCodes.done;
}

/** @throws UsageError */
function parsed() {
  const text = { type: "string" } as const;
  const options = {
    ...{ workers: text, seeds: text, steps: text, "kill-every": text, resume: text, json: text },
    help: { type: "boolean", default: false },
  } as const;
  try {
    return parseArgs({ options }).values;
  } catch (cause) {
    throw new UsageError((cause as Error).message, { cause });
  }
}

/** Runs the sweep's command. @param interruptMs when to interrupt it; null to let it end */
async function sweep(
  env: NodeJS.ProcessEnv,
  seeds: number,
  steps: number,
  interruptMs: number | null,
): Promise<number | null> {
  const grid = [`--grid=preset=${presets.join()}`, `--grid=optimizer.learningRate=${rates.join()}`];
  const sizes = [`--seeds=1..${seeds}`, `--steps=${steps}`, "--eval-every=250", "--checkpoint-every=100"];
  const command = start(env, "inherit", "sweep", `--name=${name}`, "--engine=wasm", ...grid, ...sizes);
  const timer = interruptMs === null ? undefined : setTimeout(() => command.kill("SIGINT"), interruptMs);
  const [code] = await once(command, "exit");
  clearTimeout(timer);
  return code as number | null;
}

async function compare(runsDir: string, seeds: number, steps: number): Promise<string[]> {
  const wrong: string[] = [];
  for (const preset of presets) {
    for (const rate of rates) {
      for (let seed = 1; seed <= seeds; seed++) {
        const settings = { seed, steps, optimizer: { learningRate: Number(rate) } };
        const alone = await train({ preset, settings, engine: "wasm" });
        const run = `${name}-${preset}-${rate}-seed-${seed}`;
        const lines = readFileSync(join(runsDir, run, "metrics.jsonl"), "utf8")
          .trimEnd()
          .split("\n");
        const last = lines.map((line) => JSON.parse(line)).findLast(({ kind }) => kind === "checkpoint");
        const same = last?.step === steps && last.sha256 === alone.sha256;
        say(`${same ? "same" : "OTHER"}  ${run}  ${last?.sha256}`);
        if (!same) wrong.push(`${run} must end with ${alone.sha256}, got ${JSON.stringify(last)}`);
      }
    }
  }
  return wrong;
}

function workerName(index: number): string {
  return `worker ${index + 1}`;
}

interface Logged {
  readonly child: ChildProcess;
  readonly vitals: () => ReturnType<typeof vitalsOf>;
}

/** Starts a service whose log names the port of its metrics. */
function startLogged(env: NodeJS.ProcessEnv, logFile: string, ...args: readonly string[]): Logged {
  const log = openSync(logFile, "a");
  const child = start(env, log, ...args);
  closeSync(log);
  return { child, vitals: () => vitalsOf(child.pid, () => insideService(metricsPortIn(logFile, 0))) };
}

/** Starts a process of memnet in a group of its own. */
function start(env: NodeJS.ProcessEnv, output: "inherit" | number, ...args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [memnetPath, ...args], {
    ...{ env, detached: true },
    stdio: ["ignore", output, output],
  });
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}

/** Kills a process and the runs' processes that it has started, as the loss of a machine does. */
function kill(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null) return;
  for (const pid of [...childrenOf(child.pid), child.pid]) {
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // It has ended.
    }
  }
}
