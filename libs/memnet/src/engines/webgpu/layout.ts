/** What the device keeps of each time and sequence: named fields, one after another. */

import type { DncConfig, ModelConfig, NtmConfig } from "../../config/model.ts";
import { interfaceWidth } from "../../interface-vector.ts";

export interface Layout {
  /** In floats. */
  readonly size: number;
  /** Each field's first float. */
  readonly offsets: ReadonlyMap<string, number>;
}

/**
 * A record of the forward pass. There is one more than there are times: the first is the initial state. Fields that the
 * backward pass reads again and again are neighbours, so that they can be cached (`wgsl/cache.ts`).
 *
 * @param keep whether the record has all that the backward pass or a trace needs, or only what the loss needs
 */
export function recordLayout(model: ModelConfig, keep: boolean): Layout {
  const { hidden, output, reads, width } = model;
  const outcome = { hidden, reads: reads * width, logits: output, losses: output, misses: output };
  if (!keep) return layout(outcome);
  return layout({
    ...outcome,
    ...(model.controller === "feedforward" ? {} : { cell: hidden, tanhs: hidden, gates: 4 * hidden }),
    ...(model.model === "lstm" ? {} : memoryFields(model)),
  });
}

function memoryFields(model: NtmConfig | DncConfig): Readonly<Record<string, number>> {
  const { reads, width, slots, writes } = model;
  const heads = reads + writes;
  const z = interfaceWidth(model);
  const isNtm = model.model === "ntm";
  return {
    keyLengths: heads,
    ...(isNtm
      ? { shift: heads * model.shifts, shifted: heads * slots, logs: heads * slots }
      : dncFields(model)),
    ...{ raw: z, fields: z, cosine: heads * slots, content: heads * slots },
    ...{ norms: slots, weights: heads * slots },
    ...(isNtm ? {} : { usage: slots, precedence: writes * slots, link: writes * slots * slots }),
    memory: slots * width,
  };
}

function dncFields(model: DncConfig): Readonly<Record<string, number>> {
  const { reads, writes, slots, masked, deallocate, sharpen } = model;
  const ways = reads * writes * slots;
  return {
    ...{ mode: reads * (2 * writes + 1) },
    ...{ seen: writes * slots, ranks: writes * slots, allocation: writes * slots },
    ...{ forwardWeights: ways, backwardWeights: ways },
    // Before sharpening, and the logarithms that it takes.
    ...(sharpen ? { forwardRaw: ways, backwardRaw: ways, forwardLogs: ways, backwardLogs: ways } : {}),
    // The slots' lengths as each head sees them.
    ...(masked ? { maskedNorms: (reads + writes) * slots } : {}),
    ...(deallocate ? { retention: slots } : {}),
  };
}

/** The gradients of one time's kernel outputs, before any activation: gates, fields, logits. */
export function slopeLayout(model: ModelConfig, keep = true): Layout {
  const { controller, hidden, output } = model;
  const gates = controller === "feedforward" ? hidden : 4 * hidden;
  return layout(keep ? { gates, fields: interfaceWidth(model), logits: output } : {});
}

export function layout(fields: Readonly<Record<string, number>>): Layout {
  const offsets = new Map<string, number>();
  let size = 0;
  for (const [name, length] of Object.entries(fields)) {
    offsets.set(name, size);
    size += length;
  }
  return { size, offsets };
}
