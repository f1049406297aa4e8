/**
 * Contenders: long-lived processes, memnet's engines among them, that load a workload and run iterations on command.
 * Only one computes at a time. On the CPU, all are pinned to the same processor if taskset is installed, unless they
 * are started unpinned.
 */

import { type ChildProcessByStdio, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { engineNames } from "memnet";
import type { Workload } from "./workload.ts";

const fastPeerNames = ["jax", "torch-compiled", "torch-eager"] as const;
/** Adds torch-plain, PyTorch as one writes it first; torch-eager is written for speed. */
export const peerNames = [...fastPeerNames, "torch-plain"] as const;
/** A GPU can launch a whole graph of kernels at once. */
export const gpuPeerNames = [...fastPeerNames, "torch-cuda-graphs"] as const;

export type Hardware = "cpu" | "gpu";

/** Where to find the peers. */
export interface PeersFrom {
  readonly python: string;
  /** Undefined for all that are installed. */
  readonly peers: readonly string[] | undefined;
  readonly complain: (line: string) => void;
  /** The hardware to compute on; the CPU by default. */
  readonly hardware?: Hardware;
}

export interface Loaded {
  readonly loss: number;
  readonly gradient: Float32Array;
  /** The device that it computes on, if it says so. */
  readonly detail: string | null;
}

export interface Ran {
  readonly milliseconds: readonly number[];
  /** How many of these milliseconds a device was computing; null if that is unknown. */
  readonly busyMs: number | null;
}

export interface Contender {
  readonly name: string;
  /** Loads a workload. Resolves to its first mean loss and mean gradient, before any update. */
  load(work: Workload): Promise<Loaded>;
  run(iterations: number): Promise<Ran>;
  /** Whether the process has died. It can load nothing after that. */
  readonly ended: boolean;
  stop(): void;
}

/** Returns the peers that are wanted and installed; reports the others to `complain`. */
export function installedPeers({ python, peers, complain, hardware = "cpu" }: PeersFrom): string[] {
  const known: readonly string[] = hardware === "gpu" ? gpuPeerNames : peerNames;
  for (const name of peers ?? []) {
    if (!known.includes(name)) {
      throw new RangeError(`Unknown peer ${JSON.stringify(name)}: it must be one of ${known.join(", ")}`);
    }
  }
  const missing = new Map<string, string | null>();
  return (peers ?? known).filter((name) => {
    const framework = name === "jax" ? "jax" : "torch";
    if (!missing.has(framework)) missing.set(framework, whyNot(python, framework, hardware));
    const why = missing.get(framework);
    if (why) complain(`${name} is left out: ${why}`);
    return !why;
  });
}

function whyNot(python: string, framework: string, hardware: Hardware): string | null {
  const sees =
    framework === "jax" ? 'jax.devices("gpu")' : 'assert torch.cuda.is_available(), "torch sees no GPU"';
  const script = `import numpy, ${framework}${hardware === "gpu" ? `; ${sees}` : ""}`;
  const { error, status, stderr } = spawnSync(python, ["-c", script], {
    encoding: "utf8",
  });
  if (error) return error.message;
  return status === 0 ? null : lastLine(stderr);
}

export function peerFile(name: string): string {
  return fileURLToPath(new URL(`peers/${name}`, import.meta.url));
}

export interface Start {
  readonly python: string;
  readonly hardware?: Hardware | undefined;
  /** Whether it is pinned to one processor; by default it is on the CPU. */
  readonly pinned?: boolean;
  /** Whether each iteration makes a batch, as in a training loop. Otherwise all of them use the loaded batch. */
  readonly makesBatches?: boolean;
}

/** @param name an engine, or an installed peer */
export function startContender(
  name: string,
  { python, hardware = "cpu", pinned = hardware === "cpu", makesBatches = false }: Start,
): Contender {
  const command = (engineNames as readonly string[]).includes(name)
    ? [process.execPath, "--import", "tsx", fileURLToPath(new URL("serve.ts", import.meta.url)), name]
    : [python, peerFile("serve.py"), name, hardware];
  // A program that feeds a GPU has threads of its own, which pinning to one processor would slow down.
  const [program, ...rest] = [...(pinned ? oneProcessor() : []), ...command] as [string, ...string[]];
  const child = spawn(program, rest, { stdio: ["pipe", "pipe", "pipe"] });
  const { ask, ended } = conversation(name, child);
  return {
    name,
    async load(work) {
      const { preset, settings, training, model, parameters, batches, times, sequences } = work;
      const [batch] = batches;
      const answer = await ask({
        do: "load",
        preset,
        settings,
        config: model,
        optimizer: training.optimizer,
        clip: training.clip.norm,
        times,
        sequences,
        parameters: encode(parameters),
        x: encode(batch!.x),
        y: encode(batch!.y),
        mask: encode(batch!.mask),
        task: makesBatches ? training.task : null,
      });
      const {
        loss,
        gradient,
        detail = null,
      } = answer as unknown as Omit<Loaded, "gradient"> & {
        readonly gradient: string;
      };
      return { loss, gradient: decode(gradient), detail };
    },
    async run(iterations) {
      const { milliseconds, busyMs = null } = (await ask({ do: "run", iterations })) as unknown as Ran;
      return { milliseconds, busyMs };
    },
    get ended() {
      return ended();
    },
    stop: () => child.kill(),
  };
}

type Asked = (request: object) => Promise<Record<string, unknown>>;

/** Talks to a process: one request per line, one answer per line. Keeps the end of stderr to explain why it died. */
function conversation(
  name: string,
  child: ChildProcessByStdio<Writable, Readable, Readable>,
): { readonly ask: Asked; readonly ended: () => boolean } {
  const keptMax = 10_000;
  let errors = "";
  let waiting: { resolve: (answer: Record<string, unknown>) => void; reject: (error: Error) => void } | null =
    null;
  let dead: Error | null = null;
  child.stderr.on("data", (data) => {
    errors = (errors + data).slice(-keptMax);
  });
  createInterface(child.stdout).on("line", (line) => {
    waiting?.resolve(JSON.parse(line));
    waiting = null;
  });
  const die = (why: string) => {
    dead ??= new Error(`${name} ended: ${why}`);
    waiting?.reject(dead);
    waiting = null;
  };
  child.on("error", ({ message }) => die(message));
  child.on("close", (code, signal) => die(signal ?? (lastLine(errors) || `exit code ${code}`)));
  // If the process dies mid-write, `close` reports it.
  child.stdin.on("error", () => undefined);
  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        if (dead) return reject(dead);
        waiting = { resolve, reject };
        child.stdin.write(`${JSON.stringify(request)}\n`);
      }),
    ended: () => dead !== null,
  };
}

let pin: readonly string[] | undefined;

/** The last of the processors that this process may use, because the system tends to use the first. */
function oneProcessor(): readonly string[] {
  if (pin) return pin;
  const { status, stdout } = spawnSync("taskset", ["-cp", String(process.pid)], { encoding: "utf8" });
  const last = status === 0 ? /(\d+)\s*$/.exec(stdout)?.[1] : undefined;
  pin = last === undefined ? [] : ["taskset", "-c", last];
  return pin;
}

/** Finds the reason in the output of a program that died: the last line that names an error, or else the last line. */
export function lastLine(text: string): string {
  const lines = text.trimEnd().split("\n");
  return lines.findLast((line) => /^(\w+\.)*\w*Error\b/.test(line)) ?? lines.at(-1)!;
}

export function encode(floats: Float32Array): string {
  return Buffer.from(floats.buffer, floats.byteOffset, floats.byteLength).toString("base64");
}

export function decode(text: string): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(text, "base64"));
  return new Float32Array(bytes.buffer);
}
