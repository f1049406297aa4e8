/** How much there is to compute, told by sizes alone. */

import type { ModelConfig } from "./config/model.ts";
import { parameterCount } from "./parameters.ts";

/**
 * Multiplications of a forward pass, but for the element-wise ones; a gradient takes some three times as many.
 *
 * @param times time steps of the sequences, which all are as long
 */
export function forwardMultiplications(model: ModelConfig, times: number, sequences: number): number {
  const { slots, width, reads, writes } = model;
  // Every head compares its key with every slot; then read heads read, and write heads erase and add.
  const memory = slots * width * (reads + writes + reads + 2 * writes);
  // Each entry decays and grows, and each read head follows it both ways.
  const links = model.model === "dnc" ? writes * slots * slots * (2 + 2 * reads) : 0;
  return times * sequences * (parameterCount(model) + memory + links);
}
