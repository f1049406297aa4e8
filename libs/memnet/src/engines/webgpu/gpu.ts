/**
 * Finds a GPU: in a browser its own, in Node.js that of the package `webgpu`, Dawn's binaries. The package is an optional
 * peer dependency, since it is large.
 */

/** WebGPU's flags, which are globals in a browser but not in Node.js. */
export const bufferUsage = {
  mapRead: 0x1,
  copySource: 0x4,
  copyTarget: 0x8,
  uniform: 0x40,
  storage: 0x80,
  queryResolve: 0x200,
} as const;
export const mapRead = 0x1;

/** Dawn marks most software devices; the others are known by their names. */
const softwareNames = /swiftshader|llvmpipe|lavapipe|softpipe|basic render/i;

/**
 * Without bounds checks and without zeroing workgroup memory shaders compile in half the time. Neither is needed: the only
 * indices that depend on data are ranks, which are below the number of slots, and workgroup memory is written before it is
 * read.
 */
const dawnFeatures = [
  "enable-dawn-features=allow_unsafe_apis,disable_robustness,disable_workgroup_init",
  // By default Dawn rounds its clock to 65 microseconds; an iteration on a large GPU takes hundreds.
  "disable-dawn-features=timestamp_quantization",
];

export interface Gpu {
  /** Dawn works while there is a reference to this, which also keeps Node.js alive. */
  readonly source: GPU;
  readonly adapter: GPUAdapter;
  readonly isSoftware: boolean;
  /** For log lines. */
  readonly name: string;
}

/** @throws if there is none */
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
  // In a variable, so that neither the compiler nor a bundler needs the optional package.
  const optional = "webgpu";
  try {
    const { create } = (await import(optional)) as { create: (options: readonly string[]) => GPU };
    return create(dawnFeatures);
  } catch (cause) {
    throw new Error(
      "Cannot use engine webgpu: it needs the package webgpu, which could not be loaded; `npm install webgpu` installs it",
      { cause },
    );
  }
}
