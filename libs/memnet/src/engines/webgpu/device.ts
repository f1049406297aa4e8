/** The device's side of a model: its pipelines, and the buffers that all batches share. */

import type { ModelConfig } from "../../config/model.ts";
import { parameterCount } from "../../parameters.ts";
import type { Gpu } from "./gpu.ts";
import { bufferUsage } from "./gpu.ts";
import { type Limits, lanesMax } from "./plan.ts";
import { lanesOf } from "./wgsl/constants.ts";
import { backwardKernel, forwardKernel } from "./wgsl/kernels.ts";
import { type LaneOrder, link } from "./wgsl/link.ts";
import { packCode, productsCode, sumCode } from "./wgsl/products.ts";

/** The kernels that go through time, for some number of lanes. */
export interface ThroughTime {
  readonly forward: () => Promise<GPUComputePipeline>;
  readonly backward: () => Promise<GPUComputePipeline>;
  /** Forward without records. */
  readonly plain: () => Promise<GPUComputePipeline>;
}

export interface Programs {
  readonly device: GPUDevice;
  readonly limits: Limits;
  readonly layout: GPUBindGroupLayout;
  /** Each compiled when it is first wanted: a trainer never wants `plain`, and seldom two numbers of lanes. */
  readonly throughTime: (sequences: number) => ThroughTime;
  readonly pack: GPUComputePipeline;
  readonly products: GPUComputePipeline;
  readonly sum: GPUComputePipeline;
  /** Workgroups of the kernels that are not of a sequence each. */
  readonly workgroups: { readonly pack: number; readonly products: number; readonly sum: number };
  /** Arrays that lie in storage memory because workgroup memory is too small, and their floats a sequence. */
  readonly spilled: readonly string[];
  readonly spilledFloats: number;
}

const wantedLimits = [
  "maxComputeWorkgroupStorageSize",
  "maxStorageBufferBindingSize",
  "maxBufferSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
] as const;

export async function createPrograms(
  { adapter }: Gpu,
  model: ModelConfig,
  bounds: Partial<Limits>,
  order: LaneOrder,
  timed: boolean,
): Promise<Programs> {
  const device = await adapter.requestDevice({
    requiredLimits: Object.fromEntries(wantedLimits.map((name) => [name, adapter.limits[name]])),
    requiredFeatures: timed && adapter.features.has("timestamp-query") ? ["timestamp-query"] : [],
  });
  try {
    return await programsOn(device, model, { ...limitsOf(device), ...bounds }, order);
  } catch (error) {
    device.destroy();
    throw error;
  }
}

async function programsOn(
  device: GPUDevice,
  model: ModelConfig,
  limits: Limits,
  order: LaneOrder,
): Promise<Programs> {
  const layout = device.createBindGroupLayout({ entries: bindingTypes() });
  const pipelineLayout = device.createPipelineLayout({ bindGroupLayouts: [layout] });
  const pipeline = (label: string, code: string) =>
    device.createComputePipelineAsync({
      label,
      layout: pipelineLayout,
      compute: { module: device.createShaderModule({ label, code }), entryPoint: "main" },
    });
  const bytes = limits.maxComputeWorkgroupStorageSize;
  const kernels = (lanes: number) => ({
    forward: link(model, forwardKernel(model, true, lanes), true, bytes, order),
    backward: link(model, backwardKernel(model, lanes), true, bytes, order),
    plain: link(model, forwardKernel(model, false, lanes), false, bytes, order),
  });
  const lanesFor = (sequences: number) => lanesOf(model, lanesMax(sequences, limits));
  const byLanes = new Map(
    [...new Set([lanesFor(1), lanesFor(Number.POSITIVE_INFINITY)])].map((lanes) => [lanes, kernels(lanes)]),
  );
  const linked = [...byLanes.values()].flatMap((one) => Object.values(one));
  const compiled = new Map(
    [...byLanes].map(([lanes, { forward, backward, plain }]): [number, ThroughTime] => [
      lanes,
      {
        forward: once(() => pipeline("forward", forward.code)),
        backward: once(() => pipeline("backward", backward.code)),
        plain: once(() => pipeline("plain", plain.code)),
      },
    ]),
  );
  const throughTime = (sequences: number) => compiled.get(lanesFor(sequences))!;
  const pack = packCode(model);
  const products = productsCode(model);
  const sum = sumCode(model, parameterCount(model));
  const workgroups = { pack: pack.workgroups, products: products.workgroups, sum: sum.workgroups };
  for (const [what, count] of Object.entries(workgroups)) {
    const most = limits.maxComputeWorkgroupsPerDimension;
    if (count <= most) continue;
    throw new RangeError(
      `Cannot use engine webgpu for this model: the device takes ${most} workgroups at once, and its ${what} needs ${count}`,
    );
  }
  const [packing, multiplying, adding] = await Promise.all([
    pipeline("pack", pack.code),
    pipeline("products", products.code),
    pipeline("sum", sum.code),
    // What does not compile is to be known now.
    throughTime(1).forward(),
    throughTime(1).backward(),
  ]);
  return {
    device,
    limits,
    layout,
    throughTime,
    ...{ pack: packing, products: multiplying, sum: adding },
    workgroups,
    spilled: [...new Set(linked.flatMap(({ spilled }) => spilled))],
    spilledFloats: Math.max(...linked.map(({ spilledFloats }) => spilledFloats)),
  };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function limitsOf({ limits }: GPUDevice): Limits {
  const { maxStorageBufferBindingSize, maxBufferSize } = limits;
  const { maxComputeWorkgroupsPerDimension, maxComputeWorkgroupStorageSize } = limits;
  const { maxComputeInvocationsPerWorkgroup } = limits;
  return {
    maxStorageBufferBindingSize,
    maxBufferSize,
    maxComputeWorkgroupsPerDimension,
    maxComputeWorkgroupStorageSize,
    maxComputeInvocationsPerWorkgroup,
  };
}

/** One layout for all kernels: the sizes, what is given, and six buffers that are worked in. */
function bindingTypes(): GPUBindGroupLayoutEntry[] {
  // GPUShaderStage.COMPUTE
  const visibility = 4;
  return [
    { binding: 0, visibility, buffer: { type: "uniform", hasDynamicOffset: true } },
    { binding: 1, visibility, buffer: { type: "read-only-storage" } },
    ...[2, 3, 4, 5, 6, 7].map((binding) => ({ binding, visibility, buffer: { type: "storage" as const } })),
  ];
}

/** A buffer that grows with what it has to hold. */
export class Room {
  private readonly device: GPUDevice;
  private readonly usage: number;
  private held: GPUBuffer | undefined;

  constructor(device: GPUDevice, usage: number) {
    this.device = device;
    this.usage = usage;
  }

  of(bytes: number): GPUBuffer {
    const size = Math.max(16, bytes);
    if (this.held && this.held.size >= size) return this.held;
    this.held?.destroy();
    this.held = this.device.createBuffer({ size, usage: this.usage });
    return this.held;
  }
}

export const storageUsage = bufferUsage.storage | bufferUsage.copySource | bufferUsage.copyTarget;
