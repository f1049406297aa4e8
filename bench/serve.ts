/** The wasm engine as a contender: the conversation of peers/common.py, on stdin and stdout. */

import { createInterface } from "node:readline";
import type { Settings } from "memnet";
import { encode } from "./contender.ts";
import { type Trainee, trainee, workload } from "./workload.ts";

type Request =
  | { readonly do: "load"; readonly preset: string; readonly sequences: number; readonly settings: Settings }
  | { readonly do: "run"; readonly iterations: number };

let loaded: Trainee | undefined;

for await (const line of createInterface(process.stdin)) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}

async function answer(request: Request): Promise<object> {
  if (request.do === "load") {
    // Its preset makes the same batch as the arrays that the peers are given.
    loaded = await trainee("wasm", workload(request.preset, request.sequences, 1, request.settings));
    const { loss, gradient } = await loaded.gradient();
    return { loss, gradient: encode(gradient) };
  }
  const milliseconds: number[] = [];
  for (let iteration = 0; iteration < request.iterations; iteration++) {
    const before = performance.now();
    await loaded!.iterate();
    milliseconds.push(performance.now() - before);
  }
  return { milliseconds };
}
