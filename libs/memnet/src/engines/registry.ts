/** Engines by name, and the choice of the fastest one that works here. */

import type { ModelConfig } from "../config/model.ts";
import { unknownName } from "../unknown-name.ts";
import type { Engine, EngineOptions } from "./engine.ts";

/** The engines, fastest first: the order in which `auto` tries them. */
export const engineNames = ["webgpu", "wasm", "tfjs-node", "tfjs-wasm", "tfjs-cpu"] as const;

/** An engine's name. */
export type EngineName = (typeof engineNames)[number];

/** Whether an engine uses a GPU if there is one, and needs a package that is not installed by default. */
export function usesGpu(name: string): boolean {
  return name === "webgpu" || name === "tfjs-node";
}

/** @throws RangeError for an unknown name, and the engine's own error if it does not work here */
export async function createEngine(
  name: string,
  model: ModelConfig,
  options: EngineOptions = {},
): Promise<Engine> {
  if (!isEngineName(name)) {
    const rule = `it must be auto or one of ${engineNames.join(", ")}`;
    throw new RangeError(unknownName(`engine ${JSON.stringify(name)}`, name, engineNames, rule));
  }
  if (name === "webgpu") {
    const { createWebgpuEngine } = await import("./webgpu/engine.ts");
    return createWebgpuEngine(model, options);
  }
  if (name === "wasm") {
    const { createWasmEngine } = await import("./wasm/engine.ts");
    return createWasmEngine(model);
  }
  const backend = name.slice("tfjs-".length) as "cpu" | "wasm" | "node";
  const { createTfjsEngine } = await import("./tfjs/engine.ts");
  return createTfjsEngine(backend, model);
}

export function isEngineName(name: string): name is EngineName {
  return (engineNames as readonly string[]).includes(name);
}

/** The chosen engine, and why the faster ones that are installed do not work. */
export interface EngineChoice {
  readonly name: EngineName;
  readonly refused: readonly { readonly name: EngineName; readonly why: string }[];
}

/** Resolves `auto`, once for a run, to the fastest engine that works here. */
export async function chooseEngine(wanted: string, model: ModelConfig): Promise<EngineChoice> {
  const tried: { name: EngineName; why: string; isInstalled: boolean }[] = [];
  const refused = () =>
    tried.filter(({ isInstalled }) => isInstalled).map(({ name, why }) => ({ name, why }));
  if (wanted !== "auto") {
    (await createEngine(wanted, model)).dispose();
    return { name: wanted as EngineName, refused: [] };
  }
  for (const name of engineNames) {
    try {
      (await createEngine(name, model, { software: false })).dispose();
      return { name, refused: refused() };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      tried.push({ name, why, isInstalled: !lacksPackage(error) });
    }
  }
  throw new Error(`No engine works here: ${tried.map(({ name, why }) => `${name}: ${why}`).join("; ")}`);
}

function lacksPackage(error: unknown): boolean {
  const { cause } = error as { cause?: { code?: unknown } };
  return cause?.code === "ERR_MODULE_NOT_FOUND" || cause?.code === "MODULE_NOT_FOUND";
}
