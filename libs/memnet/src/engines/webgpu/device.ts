/** The device's side of a model: its pipelines, and the buffers that all batches share. */

import type { ModelConfig } from "../../config/model.ts";
import { parameterCount } from "../../parameters.ts";
import type { Gpu } from "./gpu.ts";
import { bufferUsage } from "./gpu.ts";
import type { Limits } from "./plan.ts";
import { backwardKernel, forwardKernel } from "./wgsl/kernels.ts";
import { link } from "./wgsl/link.ts";
import { packCode, productsCode, sumCode } from "./wgsl/products.ts";

export interface Pipelines {
  readonly pack: GPUComputePipeline;
  readonly forward: GPUComputePipeline;
  readonly backward: GPUComputePipeline;
  readonly products: GPUComputePipeline;
  readonly sum: GPUComputePipeline;
}

export interface Programs {
  readonly device: GPUDevice;
  readonly limits: Limits;
  readonly layout: GPUBindGroupLayout;
  readonly pipelines: Pipelines;
  /** Forward without records: compiled when first wanted, since a trainer never wants it. */
  readonly evaluate: () => Promise<GPUComputePipeline>;
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
] as const;

export async function createPrograms(
  { adapter }: Gpu,
  model: ModelConfig,
  bounds: Partial<Limits>,
  timed: boolean,
): Promise<Programs> {
  const device = await adapter.requestDevice({
    requiredLimits: Object.fromEntries(wantedLimits.map((name) => [name, adapter.limits[name]])),
    requiredFeatures: timed && adapter.features.has("timestamp-query") ? ["timestamp-query"] : [],
  });
  try {
    return await programsOn(device, model, { ...limitsOf(device), ...bounds });
  } catch (error) {
    device.destroy();
    throw error;
  }
}

async function programsOn(device: GPUDevice, model: ModelConfig, limits: Limits): Promise<Programs> {
  const layout = device.createBindGroupLayout({ entries: bindingTypes() });
  const pipelineLayout = device.createPipelineLayout({ bindGroupLayouts: [layout] });
  const pipeline = (label: string, code: string) =>
    device.createComputePipelineAsync({
      label,
      layout: pipelineLayout,
      compute: { module: device.createShaderModule({ label, code }), entryPoint: "main" },
    });
  const bytes = limits.maxComputeWorkgroupStorageSize;
  const forward = link(model, forwardKernel(model, true), true, bytes);
  const backward = link(model, backwardKernel(model), true, bytes);
  const plain = link(model, forwardKernel(model, false), false, bytes);
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
  const [packing, forth, back, multiplying, adding] = await Promise.all([
    pipeline("pack", pack.code),
    pipeline("forward", forward.code),
    pipeline("backward", backward.code),
    pipeline("products", products.code),
    pipeline("sum", sum.code),
  ]);
  let evaluating: Promise<GPUComputePipeline> | undefined;
  return {
    device,
    limits,
    layout,
    pipelines: { pack: packing!, forward: forth!, backward: back!, products: multiplying!, sum: adding! },
    evaluate: () => {
      evaluating ??= pipeline("evaluate", plain.code);
      return evaluating;
    },
    workgroups,
    spilled: [...new Set([...forward.spilled, ...backward.spilled])],
    spilledFloats: Math.max(forward.spilledFloats, backward.spilledFloats, plain.spilledFloats),
  };
}

function limitsOf({ limits }: GPUDevice): Limits {
  const { maxStorageBufferBindingSize, maxBufferSize } = limits;
  const { maxComputeWorkgroupsPerDimension, maxComputeWorkgroupStorageSize } = limits;
  return {
    maxStorageBufferBindingSize,
    maxBufferSize,
    maxComputeWorkgroupsPerDimension,
    maxComputeWorkgroupStorageSize,
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

  /** @returns the buffer, and whether it is another than before */
  of(bytes: number): { buffer: GPUBuffer; isNew: boolean } {
    const size = Math.max(16, bytes);
    if (this.held && this.held.size >= size) return { buffer: this.held, isNew: false };
    this.held?.destroy();
    this.held = this.device.createBuffer({ size, usage: this.usage });
    return { buffer: this.held, isNew: true };
  }
}

export const storageUsage = bufferUsage.storage | bufferUsage.copySource | bufferUsage.copyTarget;
