/** A run's settings as TensorBoard's hyperparameters. */

import type { StoredConfig } from "@memnet/runs";
import type { Hparam } from "./events.ts";

/** Returns the settings of training, and the number of steps, by path. A range is text, such as 1..20. */
export function hparamsOf({ training, operation }: StoredConfig): Record<string, Hparam> {
  return Object.fromEntries([...leaves(training, ""), ["steps", operation.steps]]);
}

function leaves(value: unknown, path: string): [path: string, value: Hparam][] {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([name, inner]) => leaves(inner, path ? `${path}.${name}` : name));
  }
  return [[path, leaf(value)]];
}

function leaf(value: unknown): Hparam {
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "string") return value;
  if (value === null || value === undefined) return "none";
  const isRange = Array.isArray(value) && value.length === 2 && value.every((one) => typeof one === "number");
  return isRange ? value.join("..") : JSON.stringify(value);
}
