/** The WebAssembly module: loading it, and what it offers. See libs/memnet/assembly/index.ts. */

/** Places are addresses in the memory; numbers of sequences and times whole. */
export interface WasmModule {
  configure(header: number): void;
  takeParameters(): void;
  forward(times: number, sequences: number, first: number, count: number, keep: number): void;
  gradient(times: number, sequences: number, chunk: number): number;
  evaluate(times: number, sequences: number, chunk: number): void;
  apply(which: number, from: number, to: number, count: number): void;
}

let compiled: Promise<WebAssembly.Module> | undefined;

/** An instance on a memory of its own; compiled once in a thread. */
export async function instantiate(memory: WebAssembly.Memory): Promise<WasmModule> {
  compiled ??= compile();
  try {
    const { exports } = await WebAssembly.instantiate(await compiled, { env: { memory } });
    return exports as unknown as WasmModule;
  } catch (error) {
    compiled = undefined;
    throw error;
  }
}

async function compile(): Promise<WebAssembly.Module> {
  let built: { base64: string };
  try {
    built = await import("./build/module.js");
  } catch (cause) {
    throw new Error("Cannot use engine wasm: its module is not built; `npm run build:wasm` builds it", {
      cause,
    });
  }
  return WebAssembly.compile(Uint8Array.from(atob(built.base64), (letter) => letter.charCodeAt(0)));
}
