/** Times steps of the library's `train()`, which makes its own batches. */

import { train } from "memnet";
import type { Workload } from "./workload.ts";

/** @returns the milliseconds from the end of each step to the end of the next, so none for the first step */
export async function librarySteps(
  { preset, settings, sequences }: Pick<Workload, "preset" | "settings" | "sequences">,
  engine: string,
  steps: number,
): Promise<number[]> {
  const ends: number[] = [];
  const trained = await train({
    preset,
    settings: { ...settings, sequencesPerStep: sequences, steps: steps + 1 },
    engine,
    onStep: () => ends.push(performance.now()),
  });
  trained.engine.dispose();
  return ends.slice(1).map((end, step) => end - ends[step]!);
}
