/** Times the sum of a step's gradients beside a copy of them, by turns, in processor time. */

import { createCombiner, type TreeNode } from "memnet";
import { median } from "./timing.ts";

/** Milliseconds of the processor. */
export interface Adding {
  readonly sumMs: number;
  readonly copyMs: number;
}

const turns = 9;
/** Enough work for a turn that the clock of processor time counts it. */
const turnBytes = 1e9;

/** @param count numbers of each gradient */
export async function timeAdding(leaves: number, count: number): Promise<Adding> {
  const gradients = Array.from({ length: leaves }, (_, leaf) =>
    Float32Array.from({ length: count }, (_, index) => (index + leaf) * 1e-6),
  );
  const into = new Float32Array(count);
  const combiner = await createCombiner(count, leaves);
  const known = ({ lo, hi }: TreeNode) => (hi - lo === 1 ? { gradient: gradients[lo]!, loss: 0 } : undefined);
  const sum = () => void combiner.combine({ lo: 0, hi: leaves }, known, into);
  const copy = () => {
    for (const gradient of gradients) into.set(gradient);
  };
  const times = Math.max(1, Math.round(turnBytes / (4 * count * leaves)));
  const [sums, copies]: [number[], number[]] = [[], []];
  for (let turn = 0; turn <= turns; turn++) {
    const [copyMs, sumMs] = [processorMs(copy, times), processorMs(sum, times)];
    // The first turn compiles.
    if (turn === 0) continue;
    copies.push(copyMs);
    sums.push(sumMs);
  }
  return { sumMs: median(sums), copyMs: median(copies) };
}

function processorMs(work: () => void, times: number): number {
  const before = process.cpuUsage();
  for (let time = 0; time < times; time++) work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / times;
}
