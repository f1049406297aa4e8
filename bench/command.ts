/** What `npm run bench` does with its arguments. */

import { parseArgs } from "node:util";
import { say, UsageError } from "@memnet/terminal";
import { engineNames, presetName, presets } from "memnet";
import { compareLearning, learningPeers, learningTable } from "./learning.ts";
import { starSizes, starTable, timeStars } from "./star.ts";
import { jsonRow, timeByTurns, timingTable } from "./timing.ts";
import { timeWhole, wholePeers, wholeTable } from "./whole.ts";
import { chosen, presetsTimed, workload } from "./workload.ts";

const cpuPeers = ["jax", "torch-compiled", "torch-eager"];
/** A GPU can launch a whole graph of kernels at once. */
const gpuPeers = [...cpuPeers, "torch-cuda-graphs"];

const help = `Times a training iteration (forward, backward, clip, update) of a preset, at its longest sequences: the
median of many iterations after a warm-up. Each engine is a process of its own, and they take turns.

  npm run bench -- [options]                      (npm run --silent bench -- --json, without npm's own two lines)

  --preset NAME      only this preset, of ${Object.keys(presets).join(", ")}; may be repeated
                     (default: the original's four; with --peers: original-ntm-copy and original-dnc-repeat-copy)
  --engine NAME      only this engine, of ${engineNames.join(", ")}; may be repeated
                     (default: all that work here; with --peers and --whole: wasm)
  --set PATH=VALUE   a setting of model, controller, memory, heads or task, as model=lstm, controller.kind=feedforward or
                     memory.masked=true; may be repeated, and holds for all presets
  --sequences N      sequences a step; may be repeated (default 16; with --whole: the preset's number, and 4)
  --iterations N     iterations at most, of each (default 200; with --whole: 5000)
  --seconds S        seconds of iterations at most, of each, but never fewer than 3 iterations
                     (default 5; with --whole: 10; with --star, of each measurement: 20)
  --json             print an array of {engine, preset, sequences, times, threads, millisecondsMedian}, nothing else

  --peers            beside PyTorch and JAX; with --engine webgpu they compute on the GPU too
  --whole            a step of each preset from the engine to the whole system: the engine's iteration, a step of the
                     library's train(), of \`memnet train\` without NATS_URL, of a run over nats-server with one trainer,
                     and of a training loop in JAX and in PyTorch
  --star             64 trainers with gradients of 250 kB, and 16 with 4 MB, around one coordinator over nats-server,
                     without branches and with them: where a step's time goes, which queue fills first, and what a
                     subscriber that reads nothing does. The trainers' engines cost next to nothing
  --learning         after how many sequences, and seconds of training, memnet and peers have solved the task: with the
                     same initial parameters, settings and measurements, peers with batches of their own
                     (default: copy-ntm and repeat-copy-dnc)
  --seeds N          with --learning: trains from seeds 1 to N (default 10)
  --peer NAME        only this peer, of jax, torch-compiled, torch-eager, on a GPU also torch-cuda-graphs, with --whole
                     and --learning jax and torch-eager alone; may be repeated
  --python PROGRAM   the Python that has torch, jax and numpy (default python3)

What is not installed is named and left out. Peers need: pip install torch jax numpy, for a GPU "jax[cuda12]", and
torch-compiled a C++ compiler; it compiles for minutes the first time and keeps the result in its own cache. webgpu needs
npm install --no-save webgpu. If taskset is there, engines and peers are pinned to one processor, except beside webgpu on
a GPU and with --whole.
With --whole everything is timed in five rounds; bench/README.md says how. The four take a quarter of an hour. With
--json it prints an array of {preset, sequences, engineMs, libraryMs, localMs, natsMs, jaxMs, torchMs}, null for what is
not installed.
`;

const options = {
  help: { type: "boolean", default: false },
  preset: { type: "string", multiple: true },
  engine: { type: "string", multiple: true },
  set: { type: "string", multiple: true },
  sequences: { type: "string", multiple: true },
  iterations: { type: "string" },
  seconds: { type: "string" },
  json: { type: "boolean", default: false },
  peers: { type: "boolean", default: false },
  whole: { type: "boolean", default: false },
  star: { type: "boolean", default: false },
  learning: { type: "boolean", default: false },
  seeds: { type: "string" },
  peer: { type: "string", multiple: true },
  python: { type: "string", default: "python3" },
} as const;

/**
 * Measures what the arguments ask for, and prints it.
 *
 * @throws UsageError if an argument cannot be used
 */
export async function bench(args: readonly string[]): Promise<void> {
  const { json, help: asked, peers, whole, star, learning, python, preset, ...values } = parsed(args);
  if (asked) return void process.stdout.write(help);
  if ([peers, whole, star, learning].filter(Boolean).length > 1)
    throw new UsageError(
      "Cannot do several of --peers, --whole, --star and --learning in one run: choose one",
    );
  if (values.seeds !== undefined && !learning) throw new UsageError("Cannot use --seeds without --learning");
  if (star) {
    const rows = await timeStars(starSizes, wholeNumber("seconds", values.seconds ?? "20"));
    say(json ? JSON.stringify(rows) : starTable(rows));
    return;
  }
  const named = preset?.map(presetName);
  for (const name of values.engine ?? []) oneOf("engine", engineNames, name);
  const sequences = values.sequences?.map((text) => wholeNumber("sequences", text));
  const changed = chosen(values.set ?? []);
  const bounds = {
    iterations: wholeNumber("iterations", values.iterations ?? (whole ? "5000" : "200")),
    budgetMs: 1000 * wholeNumber("seconds", values.seconds ?? (whole ? "10" : "5")),
  };
  const gpu = values.engine?.includes("webgpu") ?? false;
  const known = whole ? wholePeers : learning ? learningPeers : gpu ? gpuPeers : cpuPeers;
  for (const name of values.peer ?? []) oneOf("peer", known, name);
  if (whole) {
    const engine = oneEngine("--whole", values.engine);
    const own = { presets: named, engine, sequences, changed, peers: values.peer ?? known };
    const rows = await timeWhole({ ...own, bounds, python });
    say(json ? JSON.stringify(rows) : wholeTable(rows));
    return;
  }
  if (learning) {
    for (const flag of ["set", "sequences", "iterations", "seconds"] as const) {
      if (values[flag] === undefined) continue;
      throw new UsageError(`Cannot use --${flag} with --learning: it trains presets as they are`);
    }
    const engine = oneEngine("--learning", values.engine);
    const seeds = wholeNumber("seeds", values.seeds ?? "10");
    const rows = await compareLearning({
      presets: named,
      engine,
      seeds,
      peers: values.peer ?? known,
      python,
    });
    say(json ? JSON.stringify(rows) : learningTable(rows));
    return;
  }
  const required = values.engine ?? (peers ? ["wasm"] : []);
  const names = [...(required.length > 0 ? required : engineNames), ...(peers ? (values.peer ?? known) : [])];
  const wanted = named ?? (peers ? ["original-ntm-copy", "original-dnc-repeat-copy"] : presetsTimed);
  const works = wanted.flatMap((name) => (sequences ?? [16]).map((count) => workload(name, count, changed)));
  // A program that feeds a GPU has threads of its own, which pinning to one processor would slow down.
  const start = { python, hardware: gpu ? "gpu" : "cpu", pinned: !gpu } as const;
  const timings = await timeByTurns(works, names, required, bounds, start);
  say(json ? JSON.stringify(timings.map(jsonRow)) : timingTable(timings));
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (cause) {
    throw new UsageError((cause as Error).message, { cause });
  }
}

function oneEngine(flag: string, [engine = "wasm", ...others]: readonly string[] = []): string {
  if (others.length > 0) throw new UsageError(`Cannot use ${flag} with several engines: name one`);
  return engine;
}

function oneOf(what: string, known: readonly string[], name: string): void {
  if (known.includes(name)) return;
  throw new UsageError(`Unknown ${what} ${JSON.stringify(name)}: it must be one of ${known.join(", ")}`);
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new UsageError(`--${name} must be a whole number from 1, got ${JSON.stringify(text)}`);
}
