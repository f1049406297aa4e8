/** What a trace holds besides the logits: the names and shapes that all engines share. */

import type { ModelConfig } from "../config/model.ts";

/** Each tensor's shape behind [time, batch]. In an NTM writeGate and readGate are the interpolation gates g. */
export function traceShapes(model: ModelConfig): Readonly<Record<string, readonly number[]>> {
  const { slots, width, reads, writes } = model;
  const both = { memory: [slots, width], writeWeights: [writes, slots], readWeights: [reads, slots] };
  if (model.model === "ntm") return { ...both, writeGate: [writes], readGate: [reads] };
  return {
    ...both,
    usage: [slots],
    allocationGate: [writes],
    writeGate: [writes],
    freeGate: [reads],
    readMode: [reads, 2 * writes + 1],
    link: [writes, slots, slots],
  };
}
