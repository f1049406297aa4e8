/**
 * The kernels that do not belong to one sequence: transposing the model's kernels, so that neighbouring lanes read
 * neighbouring floats, and the gradients of kernels and biases as products over all times and sequences.
 */

import type { ModelConfig } from "../../../config/model.ts";
import { parameterCount, parameterLayout } from "../../../parameters.ts";
import { recordLayout, slopeLayout } from "../layout.ts";
import { bindings } from "./assemble.ts";
import { constants } from "./constants.ts";

/** A workgroup computes a square of a gradient, each lane two by two numbers of it. */
const tile = 32;
const tileLanes = 256;
const plainLanes = 64;

export interface Code {
  readonly code: string;
  readonly workgroups: number;
}

interface Matrix {
  readonly name: MatrixName;
  readonly rows: number;
  readonly columns: number;
  readonly offset: number;
  readonly biasOffset: number;
  /** Where the gradients of its rows lie in a slope record. */
  readonly slope: number;
}

const slopeOf = { controller: "gates", interface: "fields", output: "logits" } as const;
type MatrixName = keyof typeof slopeOf;

/** The model's kernels, each with its bias. */
function matrices(model: ModelConfig): Matrix[] {
  const layout = new Map(parameterLayout(model).map((tensor) => [tensor.name, tensor]));
  const slopes = slopeLayout(model).offsets;
  return (Object.keys(slopeOf) as MatrixName[]).flatMap((name) => {
    const kernel = layout.get(`${name}.kernel`);
    if (!kernel) return [];
    const [rows, columns] = kernel.shape as [number, number];
    const biasOffset = layout.get(`${name}.bias`)!.offset;
    return [{ name, rows, columns, offset: kernel.offset, biasOffset, slope: slopes.get(slopeOf[name])! }];
  });
}

/** Transposes the kernels to [columns, rows], at the same offsets. */
export function packCode(model: ModelConfig): Code {
  const cases = matrices(model).map(
    ({ offset, rows, columns }) => `if (i >= ${offset}u && i - ${offset}u < ${rows * columns}u) {
    let at = i - ${offset}u;
    packed[${offset}u + (at % ${columns}u) * ${rows}u + at / ${columns}u] = given[i];
  }`,
  );
  return elementwise(model, parameterLayout(model).at(-1)!.offset, cases.join("\n  "));
}

/** Adds up the parts of a chunk's gradient in order, and adds them to the gradient of the chunks before. */
export function sumCode(model: ModelConfig): Code {
  return elementwise(
    model,
    parameterCount(model),
    `if (i >= parameterCount) { return; }
  var sum = 0.0;
  if (sizes.accumulate != 0u) { sum = result[i]; }
  for (var part = 0u; part < sizes.parts; part++) { sum += partial[part * parameterCount + i]; }
  result[i] = sum;`,
  );
}

/** @param body WGSL in `i`, from 0 to at least `count` − 1 */
function elementwise(model: ModelConfig, count: number, body: string): Code {
  const code = `${constants(model)}${bindings}
@compute @workgroup_size(${plainLanes})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  ${body}
}
`;
  return { code, workgroups: Math.ceil(count / plainLanes) };
}

/** dW = Σ dy xᵀ and db = Σ dy, in parts of some rows (times and sequences) each. */
export function productsCode(model: ModelConfig): Code {
  const records = recordLayout(model, true);
  const slopes = slopeLayout(model);
  const kept = (base: "before" | "after", field: string) =>
    `kept[${base} + ${records.offsets.get(field)!}u + column`;
  // The factor of each kernel in `column`; a 1 follows it for the bias.
  const values: Readonly<Record<MatrixName, string>> = {
    controller: `if (column < inputs) {
      return given[sizes.xAt + ((row / sizes.count) * sizes.sequences + sizes.first + row % sizes.count) * inputs + column];
    }
    if (column < inputs + reads * width) { return ${kept("before", "reads")} - inputs]; }
    return ${kept("before", "hidden")} - inputs - reads * width];`,
    interface: `return ${kept("after", "hidden")}];`,
    output: `if (column < hidden) { return ${kept("after", "hidden")}]; }
    return ${kept("after", "reads")} - hidden];`,
  };
  let tiles = 0;
  const cases = matrices(model).map(({ name, rows, columns, offset, biasOffset, slope }, matrix) => {
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
  const all = (part: "value" | "slope" | "store" | "choose") => cases.map((one) => one[part]).join("\n  ");
  const code = `${constants(model)}${bindings}
const tileSize = ${tile}u;
const depth = 16u;
var<workgroup> left: array<f32, ${16 * tile}>;
var<workgroup> right: array<f32, ${16 * tile}>;

fn valueAt(matrix: u32, row: u32, column: u32) -> f32 {
  let before = row * ${records.size}u;
  let after = (row + sizes.count) * ${records.size}u;
  ${all("value")}
  return 0.0;
}
fn slopeOf(matrix: u32, record: u32, row: u32) -> f32 {
  ${all("slope")}
  return 0.0;
}
fn store(matrix: u32, part: u32, row: u32, column: u32, sum: f32) {
  ${all("store")}
}

@compute @workgroup_size(${tileLanes})
fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let tile = group.x;
  let part = group.y;
  var matrix = 0u; var first = 0u; var across = 1u;
  ${all("choose")}
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
