/** What the device keeps of each time and sequence: named fields, one after another. */

import type { ModelConfig } from "../../config/model.ts";
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
  const { hidden, output, reads, width, slots, writes } = model;
  const outcome = { hidden, reads: reads * width, logits: output, losses: output, misses: output };
  if (!keep) return layout(outcome);
  const heads = reads + writes;
  const z = interfaceWidth(model);
  const isNtm = model.model === "ntm";
  return layout({
    ...outcome,
    ...{ cell: hidden, tanhs: hidden, gates: 4 * hidden, keyLengths: heads },
    ...(isNtm
      ? { shift: heads * model.shifts, shifted: heads * slots, logs: heads * slots }
      : {
          ...{ mode: reads * (2 * writes + 1) },
          ...{ seen: writes * slots, ranks: writes * slots, allocation: writes * slots },
          ...{ forwardWeights: reads * writes * slots, backwardWeights: reads * writes * slots },
        }),
    ...{ raw: z, fields: z, cosine: heads * slots, content: heads * slots },
    ...{ norms: slots, weights: heads * slots },
    ...(isNtm ? {} : { usage: slots, precedence: writes * slots, link: writes * slots * slots }),
    memory: slots * width,
  });
}

/** The gradients of one time's kernel outputs, before any activation: gates, fields, logits. */
export function slopeLayout(model: ModelConfig, keep = true): Layout {
  return layout(keep ? { gates: 4 * model.hidden, fields: interfaceWidth(model), logits: model.output } : {});
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
