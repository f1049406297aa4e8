/**
 * Where a GPU comes from: the browser's own, or in Node.js the package `webgpu`, Dawn's binaries. The package is an
 * optional peer, since it is large.
 */

/** WebGPU's own numbers; a browser has them as globals, Node.js has not. */
export const bufferUsage = {
  mapRead: 0x1,
  copySource: 0x4,
  copyTarget: 0x8,
  uniform: 0x40,
  storage: 0x80,
  queryResolve: 0x200,
} as const;
export const mapRead = 0x1;

/** A software device is told by Dawn, and by its name where a driver does not say. */
const softwareNames = /swiftshader|llvmpipe|lavapipe|softpipe|basic render/i;

/**
 * No index here depends on data but ranks, which are below the slots' count: without checks of each, and without zeros in
 * workgroup memory that is written before it is read, shaders compile in half the time.
 */
const dawnFeatures = [
  "enable-dawn-features=allow_unsafe_apis,disable_robustness,disable_workgroup_init",
  // An iteration on a large GPU takes hundreds of microseconds; Dawn rounds its clock to 65 of them unasked.
  "disable-dawn-features=timestamp_quantization",
];

export interface Gpu {
  /** Dawn works as long as this is referred to, and keeps Node.js alive for as long. */
  readonly source: GPU;
  readonly adapter: GPUAdapter;
  readonly isSoftware: boolean;
  /** For people. */
  readonly name: string;
}

/** @throws where there is none */
export async function findGpu(): Promise<Gpu> {
  const source = await defaultSource();
  const adapter = await source.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) throw new Error("Cannot use engine webgpu: the system has no GPU that WebGPU can use");
  const { vendor, architecture, device: id, description } = adapter.info;
  const name = [vendor, description || id || architecture].filter(Boolean).join(" ") || "unnamed";
  const isSoftware = adapter.info.isFallbackAdapter === true || softwareNames.test(`${architecture} ${name}`);
  return { source, adapter, isSoftware, name };
}

async function defaultSource(): Promise<GPU> {
  const { navigator } = globalThis as { navigator?: { gpu?: GPU } };
  if (navigator?.gpu) return navigator.gpu;
  // In a variable, so that neither the compiler nor a bundler asks for an optional package.
  const optional = "webgpu";
  try {
    const { create } = (await import(optional)) as { create: (options: readonly string[]) => GPU };
    return create(dawnFeatures);
  } catch (cause) {
    throw new Error("Cannot use engine webgpu: it needs the package webgpu, which could not be loaded", {
      cause,
    });
  }
}
