/** Cuts the interface vector into its fields. See `src/interface-vector.ts` for their order. */

import type { Tensor } from "@tensorflow/tfjs-core";
import type { ModelConfig } from "../../config/model.ts";
import { type HeadFields, headFields, headWidth } from "../../interface-vector.ts";
import * as op from "./ops.ts";
import { assertShapes } from "./shapes.ts";

/** The fields of all heads of a kind by name, each [batch, heads, field width]. */
export type Fields = Readonly<Record<string, Tensor>>;

/**
 * @param z [batch, interface], the interface vector as it left the controller
 * @returns the fields of the write heads and of the read heads, not activated
 */
export function cutFields(model: ModelConfig, z: Tensor): { write: Fields; read: Fields } {
  assertShapes([z, "batch interface"]);
  const { write, read } = headFields(model);
  const [writes, reads] = op.split(z, [model.writes * headWidth(write), model.reads * headWidth(read)], 1);
  return { write: cutHeads(writes!, model.writes, write), read: cutHeads(reads!, model.reads, read) };
}

function cutHeads(part: Tensor, heads: number, fields: HeadFields): Fields {
  const rows = op.reshape(part, [part.shape[0]!, heads, headWidth(fields)]);
  const widths = fields.map(([, width]) => width);
  const cut = op.split(rows, widths, 2);
  return Object.fromEntries(fields.map(([name], index) => [name, cut[index]!]));
}
