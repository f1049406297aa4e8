/** A model's pipelines on a device, and buffers that grow. */

import type { ModelConfig } from "../../config/model.ts";
import { bufferUsage, type Gpu } from "./gpu.ts";
import { type Limits, lanesMax, limitNames } from "./plan.ts";
import { type Assembled, assemble, type LaneOrder } from "./wgsl/assemble.ts";
import { lanesOf } from "./wgsl/constants.ts";
import { backwardKernel, forwardKernel } from "./wgsl/kernels.ts";
import { packCode, productsCode, sumCode } from "./wgsl/products.ts";

/** The kernels that go through time: forward, backward, and forward without records. Each compiles when first called. */
export type ThroughTime = Readonly<
  Record<"forward" | "backward" | "plain", () => Promise<GPUComputePipeline>>
>;

export type Programs = Awaited<ReturnType<typeof createPrograms>>;

export async function createPrograms(
  { adapter }: Gpu,
  model: ModelConfig,
  bounds: Partial<Limits>,
  order: LaneOrder,
  timed: boolean,
) {
  const wanted = [...limitNames, "maxComputeWorkgroupSizeX"] as const;
  const device = await adapter.requestDevice({
    requiredLimits: Object.fromEntries(wanted.map((name) => [name, adapter.limits[name]])),
    requiredFeatures: timed && adapter.features.has("timestamp-query") ? ["timestamp-query"] : [],
  });
  const limits = Object.fromEntries(limitNames.map((name) => [name, device.limits[name]])) as Limits;
  try {
    return await programsOn(device, model, { ...limits, ...bounds }, order);
  } catch (error) {
    device.destroy();
    throw error;
  }
}

async function programsOn(device: GPUDevice, model: ModelConfig, limits: Limits, order: LaneOrder) {
  const layout = device.createBindGroupLayout({ entries: bindingTypes() });
  const pipelineLayout = device.createPipelineLayout({ bindGroupLayouts: [layout] });
  const pipeline = (label: string, code: string) =>
    device.createComputePipelineAsync({
      label,
      layout: pipelineLayout,
      compute: { module: device.createShaderModule({ label, code }), entryPoint: "main" },
    });
  const spilled = new Set<string>();
  let spilledFloats = 0;
  const lazy = (label: string, assembled: Assembled) => {
    for (const name of assembled.spilled) spilled.add(name);
    spilledFloats = Math.max(spilledFloats, assembled.spilledFloats);
    let compiled: Promise<GPUComputePipeline> | undefined;
    return () => {
      compiled ??= pipeline(label, assembled.code);
      return compiled;
    };
  };
  const bytes = limits.maxComputeWorkgroupStorageSize;
  const lanesFor = (sequences: number) => lanesOf(model, lanesMax(sequences, limits));
  const byLanes = new Map<number, ThroughTime>();
  for (const lanes of new Set([lanesFor(1), lanesFor(Number.POSITIVE_INFINITY)])) {
    byLanes.set(lanes, {
      forward: lazy("forward", assemble(forwardKernel(model, lanes), true, bytes, order)),
      backward: lazy("backward", assemble(backwardKernel(model, lanes), true, bytes, order)),
      plain: lazy("plain", assemble(forwardKernel(model, lanes), false, bytes, order)),
    });
  }
  const throughTime = (sequences: number) => byLanes.get(lanesFor(sequences))!;
  const codes = { pack: packCode(model), products: productsCode(model), sum: sumCode(model) };
  for (const [what, { workgroups }] of Object.entries(codes)) {
    const most = limits.maxComputeWorkgroupsPerDimension;
    if (workgroups <= most) continue;
    throw new RangeError(
      `Cannot use engine webgpu for this model: a dispatch on the device has at most ${most} workgroups, and ${what} needs ${workgroups}`,
    );
  }
  const [pack, products, sum] = await Promise.all([
    pipeline("pack", codes.pack.code),
    pipeline("products", codes.products.code),
    pipeline("sum", codes.sum.code),
    // If these do not compile, the engine fails now.
    throughTime(1).forward(),
    throughTime(1).backward(),
  ]);
  return {
    ...{ device, limits, layout, throughTime, pack, products, sum },
    workgroups: (what: keyof typeof codes) => codes[what].workgroups,
    /** Arrays in storage memory because workgroup memory is too small, and their floats a sequence. */
    ...{ spilled: [...spilled], spilledFloats },
  };
}

/** One layout for all kernels: the sizes, the given data, and six buffers for work. */
function bindingTypes(): GPUBindGroupLayoutEntry[] {
  // GPUShaderStage.COMPUTE
  const visibility = 4;
  return [
    { binding: 0, visibility, buffer: { type: "uniform", hasDynamicOffset: true } },
    { binding: 1, visibility, buffer: { type: "read-only-storage" } },
    ...[2, 3, 4, 5, 6, 7].map((binding) => ({ binding, visibility, buffer: { type: "storage" as const } })),
  ];
}

/** A buffer that is replaced by a larger one when it is too small. */
export class GrowingBuffer {
  private readonly device: GPUDevice;
  private readonly usage: number;
  private buffer: GPUBuffer | undefined;

  constructor(device: GPUDevice, usage: number = storageUsage) {
    this.device = device;
    this.usage = usage;
  }

  /** The buffer, which has at least so many bytes; a new one is all zeros. */
  of(bytes: number): GPUBuffer {
    const size = Math.max(16, bytes);
    if (this.buffer && this.buffer.size >= size) return this.buffer;
    this.buffer?.destroy();
    this.buffer = this.device.createBuffer({ size, usage: this.usage });
    return this.buffer;
  }
}

const storageUsage = bufferUsage.storage | bufferUsage.copySource | bufferUsage.copyTarget;
