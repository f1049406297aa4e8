/** A model's sizes as constants of the shaders, so that loops over heads and fields unroll and divisions become shifts. */

import type { ModelConfig } from "../../../config/model.ts";
import { fieldOffsets, headFields, headWidth, interfaceWidth } from "../../../interface-vector.ts";
import { parameterCount, parameterLayout } from "../../../parameters.ts";

/** The lanes of a workgroup that goes through time, at most `most`. */
export function lanesOf({ hidden, slots, width, reads, writes }: ModelConfig, most: number): number {
  // Several lanes can share a row of the largest product, the gates'.
  const widest = Math.max(16 * hidden, slots * width, slots * Math.max(reads, writes));
  return Math.min(most, Math.max(32, 2 ** Math.ceil(Math.log2(widest))));
}

/** The parts of a sum over slots. */
export function partsOf({ slots }: ModelConfig): number {
  return 2 ** Math.round(Math.log2(slots) / 2);
}

export function constants(model: ModelConfig): string {
  const { input, output, hidden, slots, width, reads, writes } = model;
  const { write, read } = headFields(model);
  const values: Record<string, number> = {
    ...{ inputs: input, outputs: output, hidden, slots, width, reads, writes, heads: reads + writes },
    ...{ parts: partsOf(model), parameterCount: parameterCount(model) },
    ...(model.model === "ntm" ? shiftConstants(model.shifts, slots) : {}),
    ...(model.model === "dnc" ? { modes: 2 * writes + 1 } : {}),
    ...{ writeFields: headWidth(write), readFields: headWidth(read), interfaceSize: interfaceWidth(model) },
    ...{ writeFrom: 0, readFrom: writes * headWidth(write) },
    // A row is [input, reads, hidden]; what comes from the time before is its state, which the output sees too.
    ...{ rowSize: input + reads * width + hidden, stateSize: reads * width + hidden },
  };
  for (const [kind, fields] of Object.entries({ write, read })) {
    for (const [name, offset] of fieldOffsets(fields)) values[camel(`${kind}.${name}`)] = offset;
  }
  for (const { name, offset } of parameterLayout(model)) values[camel(name)] = offset;
  const lines = Object.entries(values).map(([name, value]) => `const ${name} = ${value}u;`);
  // The last is the least that a mask lets through, δ.
  return `${lines.join("\n")}\nconst epsilon = 1e-6;\nconst leastMask = 0.1;\n`;
}

/** Added to a slot's number before a shift is subtracted or added, so that no remainder is of a negative number. */
function shiftConstants(shifts: number, slots: number): Record<string, number> {
  const half = (shifts - 1) / 2;
  const turns = slots * Math.ceil(half / slots);
  return { shifts, turnOff: turns + half, turnOn: turns - half };
}

/** `controller.kernel` → `controllerKernel` */
function camel(name: string): string {
  return name.replace(/\.(\w)/, (_, letter: string) => letter.toUpperCase());
}
