/**
 * A task whose sequences come slowly, as from a disk. A run with it lasts as long as a test needs and leaves the processor
 * to other tests. It imports nothing that its processes would have to load.
 */

import { fileURLToPath } from "node:url";
import type { Task } from "memnet";

export const pacedTask = fileURLToPath(import.meta.url);

const never = new Int32Array(new SharedArrayBuffer(4));

/** Waits without computing. */
export function pause(ms: number): void {
  Atomics.wait(never, 0, 0, ms);
}

export const task: Task = {
  name: "paced",
  // A setting is at least 1, so 1 means no pause.
  settings: { length: [2, 2], pauseMs: 4 },
  beyond: { length: [4] },
  input: () => 2,
  output: () => 1,
  sequence({ length, pauseMs }, draws) {
    if (Number(pauseMs) > 1) pause(Number(pauseMs));
    const times = draws.integer(...(length as [number, number])) + 1;
    const x = new Float32Array(times * 2);
    const y = new Float32Array(times);
    const mask = new Float32Array(times);
    for (let time = 0; time < times - 1; time++) x[time * 2] = draws.bit();
    x[times * 2 - 1] = 1;
    y[times - 1] = x[0]!;
    mask[times - 1] = 1;
    return { times, x, y, mask };
  },
};
