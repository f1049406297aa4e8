/** Tables for the module: which rows and columns of the three kernels go where in their padded forms. */

import type { ModelConfig } from "../../config/model.ts";
import { interfaceRows } from "./interface-rows.ts";
import type { Sizes } from "./sizes.ts";

export type TableName = keyof ReturnType<typeof kernelTables>;

/**
 * A map has the kernel's row, or −1, for each padded row. Runs are a count, then for each run of columns the padded column,
 * the kernel's column and a length: padded columns are those of a row, the kernels' are in other orders.
 */
export function kernelTables(model: ModelConfig, sizes: Sizes) {
  const { input, output, hidden, width, reads, hiddenPad, interfacePad, outputPad } = sizes;
  const { widthBytes, readAt, hiddenAt, stateSize, gateRows, isFeedforward } = sizes;
  const readRuns = (from: number) =>
    Array.from({ length: reads }, (_, read) => [
      (readAt + read * widthBytes) / 4,
      from + read * width,
      width,
    ]);
  const hiddenRun = (from: number) => [hiddenAt / 4, from, hidden];
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
      ...(isFeedforward ? [] : [hiddenRun(input + reads * width)]),
      [stateSize, 0, input],
    ]),
    interfaceRuns: runs([[0, 0, hidden]]),
    outputRuns: runs([...readRuns(hidden), hiddenRun(0)]),
  };
}
