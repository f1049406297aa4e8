/** A model's parts in words, printed when a run starts. */

import type { ModelConfig } from "./config/model.ts";
import { headFields, interfaceWidth } from "./interface-vector.ts";
import { parameterCount, parameterLayout } from "./parameters.ts";

export interface ArchitecturePart {
  readonly part: string;
  readonly detail: string;
  /** The number of this part's parameters. */
  readonly parameters: number;
}

export function architecture(model: ModelConfig): ArchitecturePart[] {
  const counts = Object.fromEntries(parameterLayout(model).map(({ name, length }) => [name, length]));
  const fields = headFields(model);
  const z = interfaceWidth(model);
  const readWidth = model.reads * model.width;
  return [
    {
      part: "controller",
      detail: `LSTM: input ${model.input} + reads ${readWidth} + hidden ${model.hidden} → hidden ${model.hidden}`,
      parameters: counts["controller.kernel"]! + counts["controller.bias"]!,
    },
    {
      part: "interface",
      detail: `linear: hidden ${model.hidden} → ${z}`,
      parameters: counts["interface.kernel"]! + counts["interface.bias"]!,
    },
    { part: `write heads × ${model.writes}`, detail: fieldsText(fields.write), parameters: 0 },
    { part: `read heads × ${model.reads}`, detail: fieldsText(fields.read), parameters: 0 },
    {
      part: "memory",
      detail: `${model.model.toUpperCase()}: ${model.slots} slots × width ${model.width}`,
      parameters: 0,
    },
    {
      part: "output",
      detail: `linear: hidden ${model.hidden} + reads ${readWidth} → ${model.output}`,
      parameters: counts["output.kernel"]! + counts["output.bias"]!,
    },
  ];
}

/** The parts as lines of text, with their parameter counts and the total. */
export function architectureText(model: ModelConfig): string {
  const rows = [...architecture(model), { part: "total", detail: "", parameters: parameterCount(model) }];
  return rows
    .map(({ part, detail, parameters }) => {
      const count = parameters > 0 ? parameters.toLocaleString("en-US") : "";
      // 79 columns fit the usual terminal.
      return `  ${part.padEnd(15)} ${count ? detail.padEnd(52) + count.padStart(9) : detail}`;
    })
    .join("\n");
}

function fieldsText(fields: readonly (readonly [string, number])[]): string {
  return fields.map(([name, width]) => (width === 1 ? name : `${name} ${width}`)).join(", ");
}
