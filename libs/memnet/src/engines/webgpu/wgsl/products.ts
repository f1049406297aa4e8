/**
 * What is not of one sequence: kernels turned so that neighbouring lanes read neighbouring floats, and the gradients of
 * kernels and biases as products over all times and sequences.
 */

import type { ModelConfig } from "../../../config/model.ts";
import { parameterLayout } from "../../../parameters.ts";
import { recordLayout, slopeLayout } from "../layout.ts";
import { constants } from "./constants.ts";
import { bindings } from "./link.ts";

/** A workgroup computes a square of a gradient, its lanes two by two numbers each. */
const tile = 32;
const tileLanes = 256;
const plainLanes = 64;

interface Matrix {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly offset: number;
  readonly biasOffset: number;
  /** Where its rows' gradients lie in a slope record. */
  readonly slope: number;
}

/** The three kernels, each with its bias. */
function matrices(model: ModelConfig): Matrix[] {
  const layout = parameterLayout(model);
  const slopes = slopeLayout(model).places;
  return [0, 2, 4].map((place, index) => {
    const { shape, offset, name } = layout[place]!;
    return {
      name: name.split(".")[0]!,
      rows: shape[0]!,
      columns: shape[1]!,
      offset,
      biasOffset: layout[place + 1]!.offset,
      slope: slopes.get(["gates", "fields", "logits"][index]!)!,
    };
  });
}

/** Kernels turned: [columns, rows], at the same offsets. */
export function packCode(model: ModelConfig): { code: string; workgroups: number } {
  const cases = matrices(model).map(({ offset, rows, columns }) => {
    const count = `${rows * columns}u`;
    return `if (i >= ${offset}u && i - ${offset}u < ${count}) {
    let at = i - ${offset}u;
    packed[${offset}u + (at % ${columns}u) * ${rows}u + at / ${columns}u] = given[i];
  }`;
  });
  const code = `${constants(model)}${bindings}
@compute @workgroup_size(${plainLanes})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  ${cases.join("\n  ")}
}
`;
  const { offset } = parameterLayout(model)[5]!;
  return { code, workgroups: Math.ceil(offset / plainLanes) };
}

/** dW = Σ dy xᵀ and db = Σ dy, over some of the rows (times and sequences) each: part by part. */
export function productsCode(model: ModelConfig): { code: string; workgroups: number } {
  const records = recordLayout(model, true);
  const slopes = slopeLayout(model);
  const all = matrices(model);
  const at = (name: string) => records.places.get(name)!;
  /** What each kernel was multiplied with; a 1 behind it for the bias. */
  const values: Record<string, string> = {
    controller: `if (column < inputs) {
      return given[sizes.xAt + ((row / sizes.count) * sizes.sequences + sizes.first + row % sizes.count) * inputs + column];
    }
    if (column < inputs + reads * width) { return kept[before + ${at("reads")}u + column - inputs]; }
    return kept[before + ${at("hidden")}u + column - inputs - reads * width];`,
    interface: `return kept[after + ${at("hidden")}u + column];`,
    output: `if (column < hidden) { return kept[after + ${at("hidden")}u + column]; }
    return kept[after + ${at("reads")}u + column - hidden];`,
  };
  let tiles = 0;
  const cases = all.map(({ name, rows, columns, offset, biasOffset, slope }, matrix) => {
    const across = Math.ceil((columns + 1) / tile);
    const first = tiles;
    tiles += Math.ceil(rows / tile) * across;
    return {
      value: `if (matrix == ${matrix}u) {
    if (column > ${columns}u) { return 0.0; }
    if (column == ${columns}u) { return 1.0; }
    ${values[name]}
  }`,
      slope: `if (matrix == ${matrix}u) {
    if (row >= ${rows}u) { return 0.0; }
    return slopes[record * ${slopes.size}u + ${slope}u + row];
  }`,
      store: `if (matrix == ${matrix}u) {
    if (row >= ${rows}u || column > ${columns}u) { return; }
    let place = select(${offset}u + row * ${columns}u + column, ${biasOffset}u + row, column == ${columns}u);
    partial[part * parameterCount + place] = sum;
  }`,
      choose: `if (tile >= ${first}u) { matrix = ${matrix}u; first = ${first}u; across = ${across}u; }`,
    };
  });
  const code = `${constants(model)}${bindings}
const tileSize = ${tile}u;
const depth = 16u;
var<workgroup> left: array<f32, ${16 * tile}>;
var<workgroup> right: array<f32, ${16 * tile}>;

fn valueAt(matrix: u32, row: u32, column: u32) -> f32 {
  let before = row * ${records.size}u;
  let after = (row + sizes.count) * ${records.size}u;
  ${cases.map(({ value }) => value).join("\n  ")}
  return 0.0;
}
fn slopeOf(matrix: u32, record: u32, row: u32) -> f32 {
  ${cases.map(({ slope }) => slope).join("\n  ")}
  return 0.0;
}
fn store(matrix: u32, part: u32, row: u32, column: u32, sum: f32) {
  ${cases.map(({ store }) => store).join("\n  ")}
}

@compute @workgroup_size(${tileLanes})
fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let tile = group.x;
  let part = group.y;
  var matrix = 0u; var first = 0u; var across = 1u;
  ${cases.map(({ choose }) => choose).join("\n  ")}
  let rowFrom = ((tile - first) / across) * tileSize;
  let columnFrom = ((tile - first) % across) * tileSize;
  let y = lane / 16u;
  let x = lane % 16u;
  var s00 = 0.0; var s01 = 0.0; var s10 = 0.0; var s11 = 0.0;
  let begin = part * sizes.rowsPerPart;
  let end = min(begin + sizes.rowsPerPart, sizes.times * sizes.count);
  for (var start = begin; start < end; start += depth) {
    for (var i = lane; i < depth * tileSize; i += ${tileLanes}u) {
      let record = start + i / tileSize;
      let inside = record < end;
      left[i] = 0.0;
      right[i] = 0.0;
      if (inside) {
        left[i] = slopeOf(matrix, record, rowFrom + i % tileSize);
        right[i] = valueAt(matrix, record, columnFrom + i % tileSize);
      }
    }
    workgroupBarrier();
    for (var k = 0u; k < depth; k++) {
      let l0 = left[k * tileSize + y]; let l1 = left[k * tileSize + y + 16u];
      let r0 = right[k * tileSize + x]; let r1 = right[k * tileSize + x + 16u];
      s00 += l0 * r0; s01 += l0 * r1; s10 += l1 * r0; s11 += l1 * r1;
    }
    workgroupBarrier();
  }
  store(matrix, part, rowFrom + y, columnFrom + x, s00);
  store(matrix, part, rowFrom + y, columnFrom + x + 16u, s01);
  store(matrix, part, rowFrom + y + 16u, columnFrom + x, s10);
  store(matrix, part, rowFrom + y + 16u, columnFrom + x + 16u, s11);
}
`;
  return { code, workgroups: tiles };
}

/** The parts of a chunk's gradient added up, one after the other, onto those of the chunks before. */
export function sumCode(model: ModelConfig, parameterCount: number): { code: string; workgroups: number } {
  const code = `${constants(model)}${bindings}
@compute @workgroup_size(${plainLanes})
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= parameterCount) { return; }
  var sum = 0.0;
  if (sizes.accumulate != 0u) { sum = result[id.x]; }
  for (var part = 0u; part < sizes.parts; part++) { sum += partial[part * parameterCount + id.x]; }
  result[id.x] = sum;
}
`;
  return { code, workgroups: Math.ceil(parameterCount / plainLanes) };
}
