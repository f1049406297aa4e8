import type { ModelConfig } from "./config/model.ts";
import { parameterCount } from "./parameters.ts";

/**
 * The multiplications of a forward pass, without element-wise ones. A gradient takes about three times as many.
 *
 * @param times time steps of all sequences
 */
export function forwardMultiplications(model: ModelConfig, times: number, sequences: number): number {
  const { slots, width, reads, writes } = model;
  // Every head compares its key with every slot; read heads also read, and write heads erase and add.
  const memory = slots * width * (reads + writes + reads + 2 * writes);
  // Each entry decays and grows, and each read head follows it in both directions.
  const links = model.model === "dnc" ? writes * slots * slots * (2 + 2 * reads) : 0;
  return times * sequences * (parameterCount(model) + memory + links);
}
