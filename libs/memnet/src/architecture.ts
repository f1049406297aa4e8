/** A model's parts in words, printed when a run starts. */

import type { DncConfig, ModelConfig, NtmConfig } from "./config/model.ts";
import { grouped } from "./grouped.ts";
import { headFields, interfaceWidth } from "./interface-vector.ts";
import { parameterCount, parameterLayout } from "./parameters.ts";

export interface ArchitecturePart {
  readonly part: string;
  readonly detail: string;
  /** The number of this part's parameters. */
  readonly parameters: number;
}

export function architecture(model: ModelConfig): ArchitecturePart[] {
  const counts = new Map<string, number>(parameterLayout(model).map(({ name, length }) => [name, length]));
  const layer = (part: string, detail: string): ArchitecturePart => {
    const sizes = ["kernel", "bias"].map((tensor) => counts.get(`${part}.${tensor}`)!);
    return { part, detail, parameters: sizes[0]! + sizes[1]! };
  };
  const hidden = `hidden ${model.hidden}`;
  const reads = model.model === "lstm" ? [] : [`reads ${model.reads * model.width}`];
  const isLstm = model.controller === undefined;
  const seen = [`input ${model.input}`, ...reads, ...(isLstm ? [hidden] : [])].join(" + ");
  return [
    layer("controller", `${isLstm ? "LSTM" : "feed-forward"}: ${seen} → ${hidden}`),
    ...(model.model === "lstm" ? [] : memoryParts(model, layer)),
    layer("output", `linear: ${[hidden, ...reads].join(" + ")} → ${model.output}`),
  ];
}

function memoryParts(
  model: NtmConfig | DncConfig,
  layer: (part: string, detail: string) => ArchitecturePart,
): ArchitecturePart[] {
  const { write, read } = headFields(model);
  const on =
    model.model === "dnc" ? (["masked", "deallocate", "sharpen"] as const).filter((name) => model[name]) : [];
  const memory = [`${model.slots} slots × width ${model.width}`, ...on].join(", ");
  return [
    layer("interface", `linear: hidden ${model.hidden} → ${interfaceWidth(model)}`),
    { part: `write heads × ${model.writes}`, detail: fieldsText(write), parameters: 0 },
    { part: `read heads × ${model.reads}`, detail: fieldsText(read), parameters: 0 },
    { part: "memory", detail: `${model.model.toUpperCase()}: ${memory}`, parameters: 0 },
  ];
}

/** The parts as lines of text, with their parameter counts and the total. */
export function architectureText(model: ModelConfig): string {
  const rows = [...architecture(model), { part: "total", detail: "", parameters: parameterCount(model) }];
  return rows
    .map(({ part, detail, parameters }) => {
      const count = parameters > 0 ? grouped(parameters) : "";
      const beside = count ? detail.padEnd(detailColumns - 9) + count.padStart(9) : wrapped(detail);
      return `  ${part.padEnd(15)} ${beside}`;
    })
    .join("\n");
}

/** 79 columns in all fit the usual terminal. */
const detailColumns = 61;

/** Continues a long list below its beginning. */
function wrapped(list: string): string {
  const end = list.lastIndexOf(", ", detailColumns);
  if (list.length <= detailColumns || end < 0) return list;
  return `${list.slice(0, end)},\n${" ".repeat(18)}${wrapped(list.slice(end + 2))}`;
}

function fieldsText(fields: readonly (readonly [string, number])[]): string {
  return fields.map(([name, width]) => (width === 1 ? name : `${name} ${width}`)).join(", ");
}
