/**
 * Contenders: long-lived processes, memnet's engines among them, that load a workload and run iterations on command.
 * Only one computes at a time.
 */

import { type ChildProcessByStdio, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { CommandError, complain } from "@memnet/terminal";
import { engineNames } from "memnet";
import type { Workload } from "./workload.ts";

export interface Ran {
  readonly milliseconds: readonly number[];
  /** How many of these milliseconds a device was computing; null if that is unknown. */
  readonly busyMs: number | null;
}

/** How many characters at the end of stderr are kept to explain why a process died. */
const errorsMax = 10_000;

export interface Start {
  /** The Python that has the peers' frameworks. */
  readonly python: string;
  /** The hardware that peers compute on; the CPU by default. */
  readonly hardware?: "cpu" | "gpu";
  /** Whether all but webgpu are pinned to the same processor, if taskset is installed. */
  readonly pinned?: boolean;
  /** Whether each iteration makes a batch, as in a training loop. Otherwise all of them use the loaded batch. */
  readonly makesBatches?: boolean;
}

export class Contender {
  readonly name: string;
  /** Why the process has died, if it has. It can load nothing after that. */
  dead: Error | null = null;
  private readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  private readonly makesBatches: boolean;
  private resolve: (answer: unknown) => void = () => {};
  private reject: (error: Error) => void = () => {};

  /** @param name an engine, or a peer */
  constructor(name: string, { python, hardware = "cpu", pinned = false, makesBatches = false }: Start) {
    this.name = name;
    this.makesBatches = makesBatches;
    const command = (engineNames as readonly string[]).includes(name)
      ? [process.execPath, "--import", "tsx", pathOf("serve.ts"), name]
      : [python, pathOf("peers/serve.py"), name, hardware];
    const [program, ...rest] = [...(pinned && name !== "webgpu" ? oneProcessor() : []), ...command];
    this.child = spawn(program!, rest, { stdio: ["pipe", "pipe", "pipe"] });
    let errors = "";
    this.child.stderr.on("data", (data) => {
      errors = (errors + data).slice(-errorsMax);
    });
    createInterface(this.child.stdout).on("line", (line) => this.resolve(JSON.parse(line)));
    const die = (why: string) => {
      this.dead ??= new Error(why);
      this.reject(this.dead);
    };
    this.child.on("error", ({ message }) => die(message));
    this.child.on("close", (code, signal) => die(signal ?? (lastLine(errors) || `exit code ${code}`)));
    // If the process dies mid-write, `close` reports it.
    this.child.stdin.on("error", () => undefined);
  }

  /** Resolves to the first mean gradient, before any update, and the device that it computes on, if it says so. */
  async load({ preset, sequences, changed, training, model, parameters, batch }: Workload) {
    const { gradient, detail = null } = await this.ask<{ gradient: string; detail?: string | null }>({
      do: "load",
      preset,
      changed,
      config: model,
      optimizer: training.optimizer,
      clip: training.clip.norm,
      times: batch.times,
      sequences,
      parameters: encode(parameters),
      x: encode(batch.x),
      y: encode(batch.y),
      mask: encode(batch.mask),
      task: this.makesBatches ? training.task : null,
      seed: training.seed,
    });
    return { gradient: decode(gradient), detail };
  }

  async run(iterations: number): Promise<Ran> {
    const { milliseconds, busyMs = null } = await this.ask<Ran>({ do: "run", iterations });
    return { milliseconds, busyMs };
  }

  /**
   * Runs an iteration with each of the learning rates, on batches of a task. Only a peer can.
   *
   * @param times the greatest number of time steps of a sequence
   */
  async learn(task: object, times: number, rates: readonly number[]): Promise<Ran> {
    const { milliseconds } = await this.ask<Ran>({ do: "learn", task, times, rates });
    return { milliseconds, busyMs: null };
  }

  /** The parameters as they are now. Only a peer has them. */
  async parameters(): Promise<Float32Array> {
    return decode((await this.ask<{ parameters: string }>({ do: "parameters" })).parameters);
  }

  stop(): void {
    this.child.kill();
  }

  /** Sends a line, and resolves to the line that answers it. */
  private ask<Answer>(request: object): Promise<Answer> {
    if (this.dead) return Promise.reject(this.dead);
    return new Promise<unknown>((resolve, reject) => {
      Object.assign(this, { resolve, reject });
      this.child.stdin.write(`${JSON.stringify(request)}\n`);
    }) as Promise<Answer>;
  }
}

/** The largest relative distance of a contender's gradient from the reference's. */
const gradientTolerance = 1e-4;

/**
 * Loads the workload in all contenders at the same time, since some compile for long, and runs a first iteration. One
 * that fails is reported and left out.
 *
 * @param required contenders that must not fail
 * @returns        those that are ready
 * @throws if a gradient differs from that of the first, since that contender would be timed for different work
 */
export async function loaded(
  contenders: readonly Contender[],
  work: Workload,
  required: readonly string[],
): Promise<Contender[]> {
  const all = await Promise.allSettled(
    contenders.map(async (contender) => {
      const first = await contender.load(work);
      // Compiles the update too.
      await contender.run(1);
      return { contender, ...first };
    }),
  );
  const ready = all.flatMap((one, index) => {
    if (one.status === "fulfilled") return [one.value];
    const { name } = contenders[index]!;
    const { message } = one.reason as Error;
    if (required.includes(name)) throw new CommandError(`Cannot time ${name}: ${message}`);
    complain(`${name} is left out of ${work.preset}: ${message}`);
    return [];
  });
  const [reference] = ready;
  for (const { contender, gradient, detail } of ready) {
    if (detail !== null) complain(`${contender.name} computes on ${detail}`);
    checkGradient(contender.name, gradient, reference!.contender.name, reference!.gradient);
  }
  return ready.map(({ contender }) => contender);
}

/** @throws Error if the gradients differ, since the contenders would be compared in different work */
export function checkGradient(
  name: string,
  gradient: Float32Array,
  reference: string,
  expected: Float32Array,
) {
  const apart = distance(gradient, expected);
  if (apart <= gradientTolerance) return;
  throw new Error(`Cannot time ${name}: its gradient must be that of ${reference}, is ${apart} from it`);
}

/** |a − b| / |b|, for arrays of the same length. */
export function distance(a: Float32Array, b: Float32Array): number {
  const norm = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0));
  return norm(a.map((value, place) => value - b[place]!)) / norm(b);
}

const pathOf = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/** Pins to the last of the processors that this process may use, because the system tends to use the first. */
function oneProcessor(): readonly string[] {
  const { status, stdout } = spawnSync("taskset", ["-cp", String(process.pid)], { encoding: "utf8" });
  const last = status === 0 ? /(\d+)\s*$/.exec(stdout)?.[1] : undefined;
  return last === undefined ? [] : ["taskset", "-c", last];
}

/** Finds the reason in the output of a program that died: the last line that names an error, or else the last line. */
export function lastLine(text: string): string {
  const lines = text.trimEnd().split("\n");
  return lines.findLast((line) => /^(\w+\.)*\w*Error\b/.test(line)) ?? lines.at(-1)!;
}

export function encode(floats: Float32Array): string {
  return Buffer.from(floats.buffer, floats.byteOffset, floats.byteLength).toString("base64");
}

function decode(text: string): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(text, "base64"));
  return new Float32Array(bytes.buffer);
}
