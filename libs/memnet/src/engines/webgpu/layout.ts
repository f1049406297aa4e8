/** What is kept of each time and sequence: named fields, one after the other. */

import type { ModelConfig } from "../../config/model.ts";
import { interfaceWidth } from "../../interface-vector.ts";

export interface Layout {
  /** In floats. */
  readonly size: number;
  /** Each field's first float. */
  readonly places: ReadonlyMap<string, number>;
}

/**
 * A record of the forward pass. There is one more than there are times: the first is the state before them. What the way
 * back reads again and again lies side by side, so that it can be held near the lanes (`wgsl/held.ts`).
 *
 * @param keep all that the way back or a trace needs, or only what the loss is computed from
 */
export function recordLayout(model: ModelConfig, keep: boolean): Layout {
  const { hidden, output, reads, width } = model;
  const outcome = { hidden, reads: reads * width, logits: output, losses: output, misses: output };
  if (!keep) return layout(outcome);
  const { slots, writes } = model;
  const interfaceSize = interfaceWidth(model);
  const heads = reads + writes;
  const controller = { cell: hidden, tanhs: hidden, gates: 4 * hidden };
  const fields = { raw: interfaceSize, fields: interfaceSize };
  const addressed = { cosine: heads * slots, content: heads * slots };
  const kept = { norms: slots, weights: heads * slots };
  const memory = { memory: slots * width };
  if (model.model === "ntm") {
    return layout({
      ...outcome,
      ...controller,
      ...{ keyLengths: heads, shift: heads * model.shifts, shifted: heads * slots, logs: heads * slots },
      ...fields,
      ...addressed,
      ...kept,
      ...memory,
    });
  }
  return layout({
    ...outcome,
    ...controller,
    ...{ keyLengths: heads, mode: reads * (2 * writes + 1) },
    ...{ seen: writes * slots, ranks: writes * slots, allocation: writes * slots },
    ...{ forwardWeights: reads * writes * slots, backwardWeights: reads * writes * slots },
    ...fields,
    ...addressed,
    ...kept,
    ...{ usage: slots, precedence: writes * slots, link: writes * slots * slots },
    ...memory,
  });
}

/** The gradients of what the kernels gave at one time, raw: gates, fields, logits. */
export function slopeLayout(model: ModelConfig): Layout {
  return layout({ gates: 4 * model.hidden, fields: interfaceWidth(model), logits: model.output });
}

export function layout(fields: Readonly<Record<string, number>>): Layout {
  const places = new Map<string, number>();
  let size = 0;
  for (const [name, length] of Object.entries(fields)) {
    places.set(name, size);
    size += length;
  }
  return { size, places };
}
