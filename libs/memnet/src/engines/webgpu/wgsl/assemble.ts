/**
 * Translates kernels to WGSL: decides where each array lies, in workgroup memory or, if that is too small, in storage
 * memory, and replaces what `shader.ts` adds to WGSL.
 */

import { assert } from "../../../assert.ts";
import { type Layout, recordLayout, slopeLayout } from "../layout.ts";
import { cacheFields } from "./cache.ts";
import { constants } from "./constants.ts";
import type { Kernel } from "./kernels.ts";
import { math } from "./math.ts";
import { headRange } from "./shader.ts";

export interface Assembled {
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
 * Which lane an invocation is. Between two barriers lanes may run in any order. A software device runs them one after
 * another, which hides a missing barrier unless the test changes their order.
 */
const laneOrders = {
  straight: "index",
  reversed: "lanes - 1u - index",
  // The number of lanes is a power of two, so an odd factor leaves none out.
  mixed: "(index * 37u + 11u) % lanes",
} as const;
export type LaneOrder = keyof typeof laneOrders;

/**
 * @param keep           whether records are kept for the backward pass
 * @param workgroupBytes the device's workgroup memory
 */
export function assemble(kernel: Kernel, keep: boolean, workgroupBytes: number, order: LaneOrder): Assembled {
  const { model } = kernel;
  const records = recordLayout(model, keep);
  const slopes = slopeLayout(model, keep);
  const { spilled, floats, bytesFree } = spillLargest(kernel.arrays, workgroupBytes);
  const cache = cacheFields(records, kernel.cached, bytesFree);
  const layoutOf = (base: string) => (base === "slope" ? slopes : records);
  const translated = (text: string) =>
    withLoops(text)
      .replaceAll(/\b(after|slope)\.(\w+)\[[^\]]*\] = [^;]*;/g, (store, base: string, field: string) =>
        layoutOf(base).offsets.has(field) ? store : "",
      )
      .replaceAll(
        /\b(before|after|slope)\.(\w+)\[/g,
        (_, base: string, field: string) =>
          cache.starts.get(`${base}.${field}`) ??
          `${base === "slope" ? "slopes" : "kept"}[${base} + ${offsetOf(layoutOf(base), field)}u + `,
      )
      .replaceAll(/(?<![.\w])(\w+)\[/g, (whole, name: string) => {
        const offset = spilled.get(name);
        return offset === undefined ? whole : `spill[spillFrom + ${offset}u + `;
      });
  const shared = [...kernel.arrays, ...cache.arrays]
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
${withLoops(cache.functions)}
${translated(kernel.functions)}
@compute @workgroup_size(lanes)
fn main(@builtin(local_invocation_index) index: u32, @builtin(workgroup_id) group: vec3u) {
  lane = ${laneOrders[order]};
  sequence = group.x;
  spillFrom = sequence * ${floats}u;
${translated(kernel.body)}
}
`;
  return { code, spilled: [...spilled.keys()], spilledFloats: floats };
}

/** Moves the largest arrays to storage memory until the others fit. */
function spillLargest(arrays: ReadonlyMap<string, number>, workgroupBytes: number) {
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

/** `forEach` as loops in which the lanes take turns. */
function withLoops(text: string): string {
  return text
    .replaceAll(/\bforEach \(at of (writeHeads|readHeads)\) \{/g, (_, heads: "writeHeads" | "readHeads") => {
      const { first, count } = headRange(heads);
      return `for (var at = ${first} * slots + lane; at < (${first} + ${count}) * slots; at += lanes) {
    let head = at / slots;
    let n = at % slots;`;
    })
    .replaceAll(
      /\bforEach \(place of links\) \{/g,
      `forEach (place < writes * slots * slots) {
    let head = place / (slots * slots);
    let to = (place / slots) % slots;
    let back = place % slots;`,
    )
    .replaceAll(
      /\bforEach \((\w+) < ((?:[^()]|\([^()]*\))*)\) \{/g,
      "for (var $1 = lane; $1 < $2; $1 += lanes) {",
    );
}

function offsetOf({ offsets }: Layout, field: string): number {
  const offset = offsets.get(field);
  assert(offset !== undefined, `no record has ${field}`);
  return offset;
}
