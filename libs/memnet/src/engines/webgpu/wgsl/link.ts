/**
 * Where a kernel's names lie. `after.memory[i]` is a float of a record, `memory[i]` one of an array that the sequence's
 * lanes share: in workgroup memory, or, where that is too small, in storage memory.
 */

import type { ModelConfig } from "../../../config/model.ts";
import { type Layout, recordLayout, slopeLayout } from "../layout.ts";
import { constants } from "./constants.ts";
import { heldFields } from "./held.ts";
import type { Kernel } from "./kernels.ts";
import { math } from "./math.ts";

export interface Linked {
  readonly code: string;
  /** Arrays that did not fit into workgroup memory, and their floats for each sequence. */
  readonly spilled: readonly string[];
  readonly spilledFloats: number;
}

export const bindings = `
struct Sizes {
  times: u32, sequences: u32, first: u32, count: u32,
  xAt: u32, yAt: u32, maskAt: u32, lossAt: u32,
  parts: u32, rowsPerPart: u32, accumulate: u32, unused: u32,
}
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> given: array<f32>;
@group(0) @binding(2) var<storage, read_write> packed: array<f32>;
@group(0) @binding(3) var<storage, read_write> kept: array<f32>;
@group(0) @binding(4) var<storage, read_write> slopes: array<f32>;
@group(0) @binding(5) var<storage, read_write> partial: array<f32>;
@group(0) @binding(6) var<storage, read_write> result: array<f32>;
@group(0) @binding(7) var<storage, read_write> spill: array<f32>;
`;

/**
 * Which lane an invocation is. Between two barriers lanes may come in any order; a device that takes them one after the
 * other, as software does, hides where a barrier is missing, unless they come in another order as well.
 */
const laneOrders = {
  straight: "index",
  reversed: "lanes - 1u - index",
  // The lanes are a power of two: an odd factor leaves none out.
  mixed: "(index * 37u + 11u) % lanes",
} as const;
export type LaneOrder = keyof typeof laneOrders;

/** @param workgroupBytes of workgroup memory that there are */
export function link(
  model: ModelConfig,
  kernel: Kernel,
  keep: boolean,
  workgroupBytes: number,
  order: LaneOrder,
): Linked {
  const records = recordLayout(model, keep);
  const slopes = slopeLayout(model);
  const { spilled, floats, bytesFree } = placed(kernel.arrays, workgroupBytes);
  const held = heldFields(records, kernel.spans, bytesFree);
  const resolve = (text: string) =>
    text
      .replaceAll(
        /\b(before|after|slope)\.(\w+)\[/g,
        (_, base: string, field: string) =>
          held.places.get(`${base}.${field}`) ??
          (base === "slope"
            ? `slopes[slope + ${placeOf(slopes, field)}u + `
            : `kept[${base} + ${placeOf(records, field)}u + `),
      )
      .replaceAll(/(?<![.\w])(\w+)\[/g, (whole, name: string) => {
        const place = spilled.get(name);
        return place === undefined ? whole : `spill[spillFrom + ${place}u + `;
      });
  const shared = [...kernel.arrays, ...held.arrays]
    .filter(([name]) => !spilled.has(name))
    .map(([name, length]) => `var<workgroup> ${name}: array<f32, ${length}>;`);
  const code = `${constants(model)}
const lanes = ${kernel.lanes}u;
const recordSize = ${records.size}u;
const slopeSize = ${slopes.size}u;
${bindings}
${shared.join("\n")}
var<private> lane: u32;
var<private> sequence: u32;
var<private> before: u32;
var<private> after: u32;
var<private> slope: u32;
var<private> spillFrom: u32;

fn barrier() { workgroupBarrier(); ${spilled.size > 0 ? "storageBarrier(); " : ""}}
fn recordAt(time: u32) -> u32 { return (time * sizes.count + sequence) * recordSize; }
fn slopeAt(time: u32) -> u32 { return (time * sizes.count + sequence) * slopeSize; }
fn rowOf(time: u32) -> u32 { return time * sizes.sequences + sizes.first + sequence; }
${math}
${held.functions}
${resolve(kernel.functions)}
@compute @workgroup_size(lanes)
fn main(@builtin(local_invocation_index) index: u32, @builtin(workgroup_id) group: vec3u) {
  lane = ${laneOrders[order]};
  sequence = group.x;
  spillFrom = sequence * ${floats}u;
${resolve(kernel.body)}
}
`;
  return { code, spilled: [...spilled.keys()], spilledFloats: floats };
}

/** The largest arrays go to storage memory until the others fit. */
function placed(arrays: ReadonlyMap<string, number>, workgroupBytes: number) {
  const spilled = new Map<string, number>();
  let floats = 0;
  // WGSL aligns an array of floats to its element; a device may round the whole up.
  let bytes = [...arrays.values()].reduce((sum, length) => sum + 4 * length, 0);
  for (const [name, length] of [...arrays].sort(([, a], [, b]) => b - a)) {
    if (bytes <= workgroupBytes) break;
    spilled.set(name, floats);
    floats += length;
    bytes -= 4 * length;
  }
  return { spilled, floats, bytesFree: workgroupBytes - bytes };
}

function placeOf({ places }: Layout, field: string): number {
  const place = places.get(field);
  if (place === undefined) throw new Error(`The record has no ${field}`);
  return place;
}
