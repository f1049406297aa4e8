/** What the tests of this folder share: models, seeded parameters and batches, comparisons. */

import type { Batch } from "../../batch.ts";
import { type DncConfig, type ModelConfig, modelConfig, type NtmConfig } from "../../config/model.ts";
import { parameterCount } from "../../parameters.ts";
import { seeded } from "../tfjs/testing.ts";

const sizes = { input: 3, output: 2, hidden: 5, slots: 7, width: 4, reads: 2, writes: 1 };

export function ntm(changed: Partial<NtmConfig> = {}): NtmConfig {
  return { model: "ntm", ...sizes, shifts: 3, ...changed };
}

export function dnc(changed: Partial<DncConfig> = {}): DncConfig {
  return { model: "dnc", ...sizes, ...changed };
}

export const everything = {
  controller: "feedforward",
  masked: true,
  deallocate: true,
  sharpen: true,
} as const;

export function lstm(changed: Partial<Record<"input" | "output" | "hidden", number>> = {}): ModelConfig {
  return modelConfig.parse({ model: "lstm", input: 3, output: 2, hidden: 5, ...changed });
}

/** A title for a model of which there are several. */
export function called(model: ModelConfig): string {
  const { masked, deallocate, sharpen } = model.model === "dnc" ? model : {};
  const on = Object.entries({ masked, deallocate, sharpen }).flatMap(([name, isOn]) => (isOn ? [name] : []));
  return [model.controller, ...on, model.model].filter((word) => word !== undefined).join(" ");
}

export interface Example {
  readonly parameters: Float32Array;
  readonly batch: Batch;
}

/** Parameters in (−scale, scale), bits as inputs and targets, a fifth of the times masked. */
export function example(model: ModelConfig, seed = 1, times = 3, sequences = 2, scale = 0.5): Example {
  const random = seeded(seed);
  const fill = (length: number, value: () => number) => Float32Array.from({ length }, value);
  const bit = () => (random() < 0.5 ? 0 : 1);
  const rows = times * sequences;
  return {
    parameters: fill(parameterCount(model), () => scale * (2 * random() - 1)),
    batch: {
      times,
      sequences,
      x: fill(rows * model.input, bit),
      y: fill(rows * model.output, bit),
      mask: fill(rows, () => (random() < 0.2 ? 0 : 1)),
    },
  };
}

/** Two sequences that untrained parameters of 0 get right, of the first of which nothing counts. */
export function halfCounted(model: ModelConfig): Example {
  const { parameters, batch } = example(model);
  const mask = Float32Array.from(batch.mask, (_, row) => row % 2);
  return { parameters: parameters.fill(0), batch: { ...batch, y: batch.y.fill(0), mask } };
}

/** √Σ(a − b)² / √Σb² */
export function relativeDistance(a: Float32Array, b: Float32Array): number {
  let difference = 0;
  let size = 0;
  for (const [place, value] of b.entries()) {
    difference += (a[place]! - value) ** 2;
    size += value ** 2;
  }
  return Math.sqrt(difference / size);
}
