/** What `--whole` prints. */

import { table } from "../bin/src/text/table.ts";
import { milliseconds, ratioText } from "./report.ts";

/** What `--json` prints, an array of these: milliseconds of a step, null where something is not installed. */
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

/** The steps, then how many times longer than the local run's the others' are, or how much. */
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
