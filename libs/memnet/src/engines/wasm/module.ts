/** Loads the WebAssembly module, libs/memnet/assembly/index.ts. */

/** The module's functions. Arrays are addresses in its memory. */
export interface WasmModule {
  packParameters(): void;
  trace(times: number, sequences: number, first: number, count: number): void;
  /** @param resume 1 to continue, by one time, from the state that a call with one time left */
  predict(times: number, sequences: number, first: number, count: number, resume: 0 | 1): void;
  gradient(times: number, sequences: number, chunk: number): number;
  evaluate(times: number, sequences: number, chunk: number): void;
  constantsEnd(): number;
  apply(which: number, from: number, to: number, count: number): void;
  addTo(left: number, right: number, bytes: number): void;
  isFinite(from: number, bytes: number): number;
  meanOf(sum: number, count: number, sequences: number): number;
  scaleBy(gradient: number, count: number, factor: number): void;
  clipElements(gradient: number, count: number, max: number): void;
  /** @param settings learningRate, decay, epsilon */
  rmsprop(parameters: number, gradient: number, v: number, count: number, ...settings: number[]): void;
  /** @param settings learningRate, decay, epsilon, momentum */
  rmspropMomentum(
    parameters: number,
    gradient: number,
    v: number,
    b: number,
    count: number,
    ...settings: number[]
  ): void;
  /** @param settings learningRate, beta1, beta2, correction1, correction2, epsilon */
  adam(
    parameters: number,
    gradient: number,
    m: number,
    v: number,
    count: number,
    ...settings: number[]
  ): void;
}

/** The module's constants lie below this address; the memory from here on is the host's. */
export const freeFrom = 1024;

/** The parts of WebAssembly in use; neither ECMAScript's nor Node.js's types have it. */
interface Api {
  readonly Memory: new (descriptor: { initial: number }) => WasmMemory;
  readonly Global: new (descriptor: { value: string }) => Global;
  compile(bytes: Uint8Array): Promise<Compiled>;
  instantiate(module: Compiled, imports: object): Promise<{ readonly exports: object }>;
}
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}
interface Global {
  value: number;
}
interface Compiled {
  readonly compiled: unique symbol;
}
const api = (globalThis as unknown as { readonly WebAssembly: Api }).WebAssembly;

let compiled: Promise<Compiled> | undefined;

export function newMemory(pages: number): WasmMemory {
  return new api.Memory({ initial: pages });
}

/** A new instance on this memory. The module is compiled once in a thread. */
export async function instantiate(memory: WasmMemory): Promise<WasmModule> {
  compiled ??= compile();
  try {
    const { exports } = await api.instantiate(await compiled, { env: { memory } });
    return exports as WasmModule;
  } catch (error) {
    compiled = undefined;
    throw error;
  }
}

/** Sets all globals of the module by name. A name that only one side has is an error. */
export function setGlobals(module: WasmModule, values: Readonly<Record<string, number>>): void {
  const exported: Readonly<Record<string, unknown>> = { ...module };
  const globals = Object.keys(exported).filter((name) => exported[name] instanceof api.Global);
  for (const name of new Set([...globals, ...Object.keys(values)])) {
    const global = exported[name];
    const value = values[name];
    if (!(global instanceof api.Global) || value === undefined) {
      const lacking = value === undefined ? "the layout" : "the module";
      throw new Error(`Cannot lay out the wasm module: ${lacking} lacks ${name}; run \`npm run build:wasm\``);
    }
    global.value = value;
  }
}

async function compile(): Promise<Compiled> {
  let built: { base64: string };
  try {
    built = await import("./build/module.js");
  } catch (cause) {
    throw new Error("Cannot use engine wasm: its module is not built; run `npm run build:wasm`", {
      cause,
    });
  }
  return api.compile(Uint8Array.from(atob(built.base64), (letter) => letter.charCodeAt(0)));
}
