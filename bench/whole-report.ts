/** Formats the output of `--whole`. */

import { table } from "../bin/src/text/table.ts";
import { milliseconds, ratioText } from "./report.ts";

/** The rows that `--json` prints as an array: milliseconds per step, null for a peer that is not installed. */
export interface WholeRow {
  readonly preset: string;
  readonly sequences: number;
  readonly engineMs: number;
  readonly libraryMs: number;
  readonly localMs: number;
  readonly natsMs: number | null;
  readonly jaxMs: number | null;
  readonly torchMs: number | null;
}

/**
 * Formats the step times, followed by the ratios local / library, JAX / local and PyTorch / local, and the difference
 * nats − library.
 */
export function wholeTable(rows: readonly WholeRow[]): string {
  const steps = [">engine ms", ">library", ">local", ">nats", ">JAX", ">PyTorch"];
  const compared = [">local / library", ">nats − library", ">JAX / local", ">PyTorch / local"];
  return table(
    ["preset", ">sequences", ...steps, ...compared],
    rows.map(({ preset, sequences, engineMs, libraryMs, localMs, natsMs, jaxMs, torchMs }) => [
      preset,
      String(sequences),
      ...[engineMs, libraryMs, localMs, natsMs, jaxMs, torchMs].map((ms) =>
        ms === null ? "" : milliseconds(ms),
      ),
      ratioText(localMs / libraryMs),
      natsMs === null ? "" : milliseconds(natsMs - libraryMs),
      ...[jaxMs, torchMs].map((ms) => ratioText(ms === null ? undefined : ms / localMs)),
    ]),
  );
}
