/**
 * Runs the engine named by the argument as a contender. It speaks the protocol of peers/common.py on stdin and stdout.
 */

import { createInterface } from "node:readline";
import type { Settings } from "memnet";
import { decode, encode } from "./contender.ts";
import { librarySteps } from "./library.ts";
import { beginningAt, type Trainee, trainee, workload } from "./workload.ts";

type Request =
  | {
      readonly do: "load";
      readonly preset: string;
      readonly sequences: number;
      readonly settings: Settings;
      readonly parameters: string;
      /** Null if every iteration uses the loaded batch. */
      readonly task: object | null;
    }
  | { readonly do: "run"; readonly iterations: number };

const [engine = "wasm"] = process.argv.slice(2);
let loaded: Trainee | undefined;
/** Set if each iteration makes its own batch, in the library's whole training loop. */
let takeSteps: ((steps: number) => Promise<number[]>) | undefined;

for await (const line of createInterface(process.stdin)) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}

async function answer(request: Request): Promise<object> {
  if (request.do === "load") {
    // The preset makes the same batch as the arrays given to the peers.
    const work = workload(request.preset, request.sequences, 1, request.settings);
    loaded?.dispose();
    loaded = await trainee(engine, beginningAt(work, decode(request.parameters)), true);
    takeSteps = request.task ? (steps) => librarySteps(work, engine, steps) : undefined;
    const { loss, gradient } = await loaded.gradient();
    return { loss, gradient: encode(gradient), detail: loaded.detail };
  }
  if (takeSteps) return { milliseconds: await takeSteps(request.iterations), busyMs: null };
  const milliseconds: number[] = [];
  const busy = loaded!.busyMs();
  for (let iteration = 0; iteration < request.iterations; iteration++) {
    const before = performance.now();
    await loaded!.iterate();
    milliseconds.push(performance.now() - before);
  }
  return { milliseconds, busyMs: busy === null ? null : loaded!.busyMs()! - busy };
}
