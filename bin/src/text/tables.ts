/** A run's records as tables. */

import { csvRow, type Field } from "@memnet/page/csv";

type Line = Readonly<Record<string, unknown>>;

const columns = {
  "steps.csv": ["step", "loss", "gradientNorm", "seconds"],
  "evaluations.csv": ["step", "split", "loss", "lossBits", "wrongBits", "exact", "sequences", "floor"],
} as const;

/** The text of each table by its file's name. A figure that is missing or not finite is an empty field. */
export function tables(lines: readonly Line[]): Readonly<Record<string, string>> {
  const table = (kind: string, names: readonly string[]) => {
    const rows = lines.filter((line) => line.kind === kind);
    return [names, ...rows.map((line) => names.map((name) => (line[name] ?? null) as Field))]
      .map(csvRow)
      .join("");
  };
  return {
    "steps.csv": table("step", columns["steps.csv"]),
    "evaluations.csv": table("evaluation", columns["evaluations.csv"]),
  };
}
