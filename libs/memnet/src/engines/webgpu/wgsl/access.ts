/** What the kernels need of a model's memory access. */

import type { ModelConfig } from "../../../config/model.ts";
import type { Span } from "./cache.ts";
import { dncAccess } from "./dnc/access.ts";
import { ntmAccess } from "./ntm/access.ts";
import type { Shader, Stages } from "./shader.ts";

export interface Access<Model extends ModelConfig> {
  /** WGSL of `activated(field, raw)`: the value of a field, by its place in the interface vector. */
  readonly fields: string;
  /** WGSL of `keySlope(k)` and `addSlope(a)`: derivatives of keys and add vectors, from their values. */
  readonly slopes: string;
  /** WGSL: each number of the memory at first. */
  readonly initialMemory: string;
  /** A stage: the rest of the initial state. */
  readonly initial: string;
  readonly forward: (shader: Shader<Model>) => Stages;
  /** A stage: the gradient of the state after the last time. */
  readonly backwardInitial: string;
  readonly backward: (shader: Shader<Model>) => Stages;
  /** The records that the backward pass reads again and again; see `cacheFields`. */
  readonly cached: readonly Span[];
}

/** Undefined for a network without memory. */
export function accessOf(model: ModelConfig): Access<ModelConfig> | undefined {
  const accesses = { ntm: ntmAccess, dnc: dncAccess, lstm: undefined };
  return accesses[model.model] as Access<ModelConfig> | undefined;
}
