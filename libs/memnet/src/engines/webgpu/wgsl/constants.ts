/** A model's sizes as constants of the shaders: loops over heads and fields unroll, and divisions become shifts. */

import type { ModelConfig } from "../../../config/model.ts";
import { headFields, interfaceWidth } from "../../../interface-vector.ts";
import { parameterCount, parameterLayout } from "../../../parameters.ts";

export const epsilon = 1e-6;

/**
 * Invocations of a workgroup that goes through time.
 *
 * @param most that it may have
 */
export function lanesOf({ hidden, slots, width, reads, writes }: ModelConfig, most: number): number {
  // Several lanes can share a row of the largest product, the gates'.
  const widest = Math.max(16 * hidden, slots * width, slots * Math.max(reads, writes));
  return Math.min(most, Math.max(32, 2 ** Math.ceil(Math.log2(widest))));
}

/** A sum over slots is added up in so many parts, and these by whoever needs the sum: one barrier instead of log₂. */
export function partsOf({ slots }: ModelConfig): number {
  return 2 ** Math.round(Math.log2(slots) / 2);
}

export function constants(model: ModelConfig): string {
  const { input, output, hidden, slots, width, reads, writes } = model;
  const { write, read } = headFields(model);
  const values: Record<string, number> = {
    ...{ inputs: input, outputs: output, hidden, slots, width, reads, writes, heads: reads + writes },
    ...{ parts: partsOf(model), parameterCount: parameterCount(model) },
    ...(model.model === "ntm" ? shiftConstants(model.shifts, slots) : { modes: 2 * writes + 1 }),
    ...fieldConstants("write", write),
    ...fieldConstants("read", read),
    writeFrom: 0,
    interfaceSize: interfaceWidth(model),
    /** Of a row [input, reads, hidden], and its part that comes from the time before. */
    rowSize: input + reads * width + hidden,
    stateSize: reads * width + hidden,
  };
  values.readFrom = writes * values.writeFields!;
  for (const { name, offset } of parameterLayout(model)) values[camel(name)] = offset;
  const lines = Object.entries(values).map(([name, value]) => `const ${name} = ${value}u;`);
  return `${lines.join("\n")}\nconst epsilon = ${epsilon};\n`;
}

/** What is added to a slot's number before a shift is taken off or on, so that the remainder is of no negative number. */
function shiftConstants(shifts: number, slots: number): Record<string, number> {
  const half = (shifts - 1) / 2;
  const turns = slots * Math.ceil(half / slots);
  return { shifts, turnOff: turns + half, turnOn: turns - half };
}

function fieldConstants(
  kind: string,
  fields: readonly (readonly [string, number])[],
): Record<string, number> {
  const values: Record<string, number> = {};
  let end = 0;
  for (const [name, width] of fields) {
    values[`${kind}${name[0]!.toUpperCase()}${name.slice(1)}`] = end;
    end += width;
  }
  return { ...values, [`${kind}Fields`]: end };
}

/** `controller.kernel` → `controllerKernel` */
function camel(name: string): string {
  return name.replace(/\.(\w)/, (_, letter: string) => letter.toUpperCase());
}
