/** Cuts the interface vector into its fields: see ../../interface-vector.ts for their order. */

import type { Tensor } from "@tensorflow/tfjs-core";
import type { ModelConfig } from "../../config/model.ts";
import { type HeadFields, headFields } from "../../interface-vector.ts";
import * as op from "./ops.ts";
import { assertShapes } from "./shapes.ts";

/** The fields of all heads of a kind by name, each [batch, heads, field width]. */
export type Fields = Readonly<Record<string, Tensor>>;

/**
 * @param z [batch, interface], the interface vector as it left the controller
 * @returns the write heads' fields and the read heads', untransformed
 */
export function cutFields(model: ModelConfig, z: Tensor): { write: Fields; read: Fields } {
  assertShapes([z, "batch interface"]);
  const { write, read } = headFields(model);
  const writeWidth = model.writes * width(write);
  const [writes, reads] = op.split(z, [writeWidth, model.reads * width(read)], 1);
  return { write: cutHeads(writes!, model.writes, write), read: cutHeads(reads!, model.reads, read) };
}

function cutHeads(part: Tensor, heads: number, fields: HeadFields): Fields {
  const rows = op.reshape(part, [part.shape[0]!, heads, width(fields)]);
  const widths = fields.map(([, size]) => size);
  const cut = op.split(rows, widths, 2);
  return Object.fromEntries(fields.map(([name], place) => [name, cut[place]!]));
}

function width(fields: HeadFields): number {
  return fields.reduce((sum, [, size]) => sum + size, 0);
}
