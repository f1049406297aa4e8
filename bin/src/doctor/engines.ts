/** Reports which engines work here, and why the others do not. */

import { builtInTask, createEngine, engineNames, type ModelConfig, modelOf, presetConfig } from "memnet";
import { type Finding, failed, well } from "./finding.ts";

export interface Tried {
  readonly name: string;
  /** Why the engine does not work here; null if it does. */
  readonly why: string | null;
}

export async function engineFindings(): Promise<Finding[]> {
  const tried: Tried[] = [];
  for (const name of engineNames) tried.push({ name, why: await refusalOf(name, smallModel()) });
  return [engineFinding(tried)];
}

/** Turns the engines tried into a finding. `auto` takes the first that works. Pure. */
export function engineFinding(tried: readonly Tried[]): Finding {
  const working = tried.filter(({ why }) => why === null).map(({ name }) => name);
  const others = tried.flatMap(({ name, why }) => (why === null ? [] : [`${name} does not work: ${why}`]));
  const [first] = working;
  if (first === undefined) return failed("engines", others.join("; "), "`npm ci` builds the engine wasm");
  // Many machines have no GPU, but a missing wasm engine means that something is wrong.
  const slower = first === "webgpu" || first === "wasm" ? "" : " (the fastest, wasm, is not among them)";
  return well("engines", [`${working.join(", ")}${slower}; auto takes ${first}`, ...others].join("; "));
}

async function refusalOf(name: string, model: ModelConfig): Promise<string | null> {
  try {
    (await createEngine(name, model, { software: false })).dispose();
    return null;
  } catch (error) {
    return (error as Error).message.split("\n")[0] ?? "";
  }
}

function smallModel(): ModelConfig {
  const { training } = presetConfig("original-dnc-repeat-copy-fast", { engine: engineNames[0] });
  return modelOf(training, builtInTask(training.task.name));
}
