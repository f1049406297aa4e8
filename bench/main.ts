/**
 * `npm run bench`: milliseconds per training iteration (forward, backward, clip, update) on one thread. `--cluster`
 * times steps of the whole system, and `--whole` shows both side by side.
 *
 *     npm run bench -- --help
 */

import { parseArgs } from "node:util";
import { engineNames, preset, presets } from "memnet";
import { readCheckpoint } from "../bin/src/configure/runs-dir.ts";
import { ending } from "../bin/src/exit.ts";
import { timeClusters } from "./cluster.ts";
import { clusterRow, clusterTables } from "./cluster-report.ts";
import { installedPeers } from "./contender.ts";
import { microBatchTable, timeEngines, type Wanted } from "./engines.ts";
import { timePeers } from "./peers.ts";
import { checkPeers } from "./peers-check.ts";
import { gpuRow, gpuTable, jsonRow, ratioTable, timingTable } from "./report.ts";
import { scaleTable } from "./scale.ts";
import { timeWhole } from "./whole.ts";
import { wholeTable } from "./whole-report.ts";

const help = `Times a training iteration (forward, backward, clip, update) of each preset, at its longest sequences, by
each engine that works here: one thread, the median of many iterations after a warm-up.

  npm run bench -- [options]                      (npm run --silent bench -- --json, without npm's own two lines)

  --preset NAME      only this preset, of ${Object.keys(presets).join(", ")}; may be repeated
                     (default: all; with --peers: ntm-copy and dnc-repeat-copy; with --cluster: ntm-copy)
  --engine NAME      only this engine, of ${engineNames.join(", ")}; may be repeated
                     (default: all that work here; with --micro-batches and --whole: wasm; with --cluster: the fastest)
  --sequences N      sequences a step; may be repeated (default 16; with --cluster: 64; with --whole: the preset's
                     number, and 4)
  --from FILE        begin at a checkpoint's parameters, not at the initial ones, of a preset of its sizes: a trained
                     memory has numbers of other sizes, and programs may be slower with them (not with --peers-check,
                     --scale, --cluster or --whole)
  --iterations N     iterations at most, of each (default 200; with --cluster: about 300; with --whole: 3000)
  --seconds S        seconds of iterations at most, of each, but never fewer than 3 iterations
                     (default 5; with --cluster: 30)
  --json             print an array of {engine, preset, sequences, times, threads, millisecondsMedian}, nothing else

  --micro-batches    time a step in one micro-batch beside the same in four
  --peers            time wasm beside PyTorch (compiled; eager, written for speed; plain, as one writes it first) and
                     JAX, by turns, and print the ratios
  --peers-check      check the peers against the golden files: loss to 1e-5, gradient to 1e-4
  --gpu              time webgpu on a GPU beside tfjs-node, PyTorch (eager, compiled, CUDA graphs) and JAX, by turns, at
                     16, 256 and 4096 sequences, and print the ratios and how long the device is idle
  --scale            time wasm beside JAX for growing batches and memories
  --cluster          time whole runs of the real system on this machine: nats-server, evaluator, coordinator, data-env
                     and trainers, a process each; steps a second, where a step's time goes and what it carries
  --whole            time a step of each preset from the engine to the whole system: the engine's iteration, a step of
                     the library's train(), of \`memnet train\` without NATS_URL, of a run over nats-server with one
                     trainer, and of a training loop in JAX and in PyTorch, by turns, and print the ratios
  --peer NAME        only this peer, of torch-eager, torch-compiled, jax, torch-plain, with --gpu torch-cuda-graphs
                     instead of that, with --whole jax and torch-eager alone; may be repeated
  --python PROGRAM   the Python that has torch, jax, numpy, safetensors (default python3)
  --trainers LIST    numbers of trainers, one run for each (with --cluster; default 1,2)
  --micro-batch N    sequences that a trainer takes at a time (with --cluster; default: the preset's)

What is not installed is named and left out. Peers need: pip install torch jax numpy safetensors, and torch-compiled
a C++ compiler; it compiles for minutes the first time and keeps the result in its own cache.
With --cluster nothing else should run: processes share the processors. No checkpoint and no evaluation falls into the
measurement. Steps a second are the median step's, from its broadcast to its update; all other figures are means, read
from the services' own /metrics and from /proc. With --json it prints an array of {preset, engine, sequences,
microBatch, trainers, stepsPerSecond, speedup, steps, millisecondsPerStep, coordinator, trainer, bytes, cpu}.
With --peers and --scale every contender is a process of its own, all on the same processor where taskset is there.
With --gpu every contender is a process of its own too; an iteration ends when its loss is in the program's hands. Peers
need builds for the GPU: pip install torch "jax[cuda12]" numpy safetensors. webgpu needs npm install --no-save webgpu.
The fastest of a GPU's contenders matters as much as the median, since clocks rise and fall. With --json it prints an
array of {engine, preset, sequences, times, millisecondsMedian, overWebgpu, idleShare}.
With --whole the engine iterates on one batch of the longest sequences. All others make a batch of the preset's task for
each step: the library and the runs in the preset's micro-batches; JAX pads it to the longest length, since it compiles
each length; PyTorch, eager, to the batch's own. JAX and PyTorch have one thread. There are three rounds. In each of
them the runs are started again and warmed up, and every contender is timed for a third of --seconds; a figure is the
median of the rounds' means. A run's step is wall time from one step's end to the next; no checkpoint and no evaluation
falls into it. All presets take a quarter of an hour. With --json it prints an array of {preset, sequences, engineMs,
libraryMs, localMs, natsMs, jaxMs, torchMs}, null for what is not installed.
`;

const options = {
  help: { type: "boolean", default: false },
  preset: { type: "string", multiple: true },
  engine: { type: "string", multiple: true },
  sequences: { type: "string", multiple: true },
  from: { type: "string" },
  iterations: { type: "string" },
  seconds: { type: "string" },
  json: { type: "boolean", default: false },
  "micro-batches": { type: "boolean", default: false },
  peers: { type: "boolean", default: false },
  "peers-check": { type: "boolean", default: false },
  gpu: { type: "boolean", default: false },
  scale: { type: "boolean", default: false },
  cluster: { type: "boolean", default: false },
  whole: { type: "boolean", default: false },
  trainers: { type: "string" },
  "micro-batch": { type: "string" },
  peer: { type: "string", multiple: true },
  python: { type: "string", default: "python3" },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>["values"];

try {
  process.exitCode = await main();
} catch (error) {
  const { code, message } = error as Error & { code?: string };
  const { code: exitCode, text } = code?.startsWith("ERR_PARSE_ARGS")
    ? { code: 2, text: message }
    : ending(error);
  complain(text);
  process.exitCode = exitCode;
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const modes = (
    ["micro-batches", "peers", "peers-check", "gpu", "scale", "cluster", "whole"] as const
  ).filter((mode) => values[mode]);
  if (modes.length > 1) throw new RangeError(`Cannot do --${modes.join(" and --")} in one run: choose one`);
  const [mode] = modes;
  if (values.json && mode !== undefined && !["peers", "gpu", "cluster", "whole"].includes(mode)) {
    throw new RangeError(`Cannot print --${mode} as JSON: its rows have another shape`);
  }
  for (const name of values.preset ?? []) preset(name);
  for (const flag of ["trainers", "micro-batch"] as const) {
    if (mode !== "cluster" && values[flag] !== undefined) {
      throw new RangeError(`Cannot use --${flag} without --cluster: one thread computes all there`);
    }
  }
  if (
    values.from !== undefined &&
    mode !== undefined &&
    ["peers-check", "scale", "cluster", "whole"].includes(mode)
  )
    throw new RangeError(`Cannot use --from with --${mode}: it has parameters of its own`);
  if (mode === "cluster") return cluster(values);
  if (mode === "whole") return whole(values);
  const wanted: Wanted = {
    presets:
      values.preset ??
      (mode === "peers" || mode === "gpu" ? ["ntm-copy", "dnc-repeat-copy"] : Object.keys(presets)),
    engines: values.engine ?? (mode === "micro-batches" ? ["wasm"] : undefined),
    parameters: values.from === undefined ? undefined : readCheckpoint(values.from).parameters,
    ...sizes(values, { sequences: "16", iterations: "200", seconds: "5" }),
  };
  const from = { python: values.python, peers: values.peer, complain };
  if (mode === "peers-check") return (await checkPeers(from, say)) ? 0 : 1;
  if (mode === "gpu") return gpu(values, wanted);
  if (mode === "scale") {
    say(
      await scaleTable(
        { ...wanted, sequences: values.sequences && wanted.sequences, presets: values.preset },
        from,
      ),
    );
  } else if (mode === "micro-batches") {
    say(await microBatchTable(wanted, complain));
  } else {
    const timings =
      mode === "peers"
        ? await timePeers(wanted, ["wasm", ...installedPeers(from)], from)
        : await timeEngines(wanted, complain);
    if (values.json) say(JSON.stringify(timings.map(jsonRow)));
    else say(mode === "peers" ? ratioTable(timings) : timingTable(timings));
  }
  return 0;
}

async function gpu(values: Values, wanted: Wanted): Promise<number> {
  const sequences = values.sequences ? wanted.sequences : [16, 256, 4096];
  const from = { python: values.python, peers: values.peer, complain, hardware: "gpu" } as const;
  const names = ["webgpu", "tfjs-node", ...installedPeers(from)];
  const timings = await timePeers({ ...wanted, sequences }, names, from);
  say(values.json ? JSON.stringify(timings.map((timing) => gpuRow(timing, timings))) : gpuTable(timings));
  return 0;
}

async function cluster(values: Values): Promise<number> {
  const { preset: presets = ["ntm-copy"], json } = values;
  const engine = oneEngine("cluster", values);
  const microBatch = values["micro-batch"];
  const timings = await timeClusters(
    {
      presets,
      engine,
      microBatch: microBatch === undefined ? undefined : wholeNumber("micro-batch", microBatch),
      trainers: (values.trainers ?? "1,2").split(",").map((text) => wholeNumber("trainers", text)),
      ...sizes(values, { sequences: "64", iterations: "300", seconds: "30" }),
    },
    complain,
  );
  say(json ? JSON.stringify(timings.map((timing) => clusterRow(timing, timings))) : clusterTables(timings));
  return 0;
}

async function whole(values: Values): Promise<number> {
  const { sequences, bounds } = sizes(values, { sequences: "4", iterations: "3000", seconds: "5" });
  const rows = await timeWhole(
    {
      presets: values.preset ?? Object.keys(presets),
      engine: oneEngine("whole", values) ?? "wasm",
      sequences: values.sequences && sequences,
      bounds,
    },
    { python: values.python, peers: values.peer, complain },
  );
  say(values.json ? JSON.stringify(rows) : wholeTable(rows));
  return 0;
}

/** Returns the one engine named; undefined if there is none. */
function oneEngine(mode: string, { engine: [engine, ...others] = [] }: Values): string | undefined {
  if (others.length === 0) return engine;
  throw new RangeError(`Cannot time --${mode} with several engines: name one, or none`);
}

/** How much to time: the flags decide, or else the mode's defaults. */
function sizes(
  { sequences, iterations, seconds }: Values,
  otherwise: { readonly sequences: string; readonly iterations: string; readonly seconds: string },
) {
  return {
    sequences: (sequences ?? [otherwise.sequences]).map((text) => wholeNumber("sequences", text)),
    bounds: {
      iterations: wholeNumber("iterations", iterations ?? otherwise.iterations),
      budgetMs: 1000 * wholeNumber("seconds", seconds ?? otherwise.seconds),
    },
  };
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new RangeError(`--${name} must be a whole number from 1, got ${JSON.stringify(text)}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function complain(line: string): void {
  process.stderr.write(`${line}\n`);
}
