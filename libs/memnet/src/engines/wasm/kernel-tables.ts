/** Which rows and columns of the three kernels go where in their padded forms, for the module to read. */

import type { ModelConfig } from "../../config/model.ts";
import { interfaceRows } from "./interface-rows.ts";
import type { Sizes } from "./sizes.ts";

export type TableName = keyof ReturnType<typeof kernelTables>;

/**
 * A map has for each padded row the kernel's row, or −1. Runs are a count, then for each run of columns the padded
 * column, the kernel's column and a length: in a row columns are [reads, hidden, input], in the kernels otherwise.
 */
export function kernelTables(model: ModelConfig, sizes: Sizes) {
  const {
    input,
    output,
    hidden,
    width,
    reads,
    hiddenPad,
    widthPad,
    interfacePad,
    outputPad,
    stateSize,
    gateRows,
  } = sizes;
  const readRuns = (from: number) =>
    Array.from({ length: reads }, (_, read) => [read * widthPad, from + read * width, width]);
  const runs = (list: readonly (readonly number[])[]) => [list.length, ...list.flat()];
  return {
    gateMap: Array.from({ length: gateRows }, (_, row) => {
      const unit = row % hiddenPad;
      return unit < hidden ? Math.floor(row / hiddenPad) * hidden + unit : -1;
    }),
    interfaceMap: interfaceRows(model, interfacePad),
    outputMap: Array.from({ length: outputPad }, (_, row) => (row < output ? row : -1)),
    gateRuns: runs([
      ...readRuns(input),
      [reads * widthPad, input + reads * width, hidden],
      [stateSize, 0, input],
    ]),
    interfaceRuns: runs([[0, 0, hidden]]),
    outputRuns: runs([...readRuns(hidden), [reads * widthPad, 0, hidden]]),
  };
}
