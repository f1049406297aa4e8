/** A run's curves as rows, and as a CSV file with one line for each evaluated step and split. */

/** Figures at a step; null if missing or not finite. */
export interface Row {
  readonly step: number;
  /** The number of sequences that the run was trained on up to this step. */
  readonly sequences: number;
  /** `training`, `validation`, or a size beyond training such as `length-20`. */
  readonly split: string;
  /** The number of sequences that the figures are means over. */
  readonly measured: number;
  readonly lossBits: number | null;
  readonly wrongBits: number | null;
  /** The share of exact sequences, 0 … 1. */
  readonly exact: number | null;
}

/** A run has learnt its task once it has fewer wrong bits per sequence than this on the validation stream. */
export const goalWrongBits = 0.1;

const columns = "step,sequences,split,measured,loss_bits,wrong_bits,exact";

export function csvText(rows: readonly Row[]): string {
  const lines = rows.map(({ step, sequences, split, measured, lossBits, wrongBits, exact }) =>
    [step, sequences, split, measured, lossBits ?? "", wrongBits ?? "", exact ?? ""].join(","),
  );
  return `${[columns, ...lines].join("\n")}\n`;
}

/** @throws RangeError naming the file, and the line that csvText() did not write */
export function parseCsv(text: string, path: string): Row[] {
  const [head, ...lines] = text.split("\n");
  if (head !== columns) throw unreadable(path, 1, `the columns must be ${columns}`, head ?? "");
  if (lines.pop() !== "") throw unreadable(path, lines.length + 2, "the last line must have an end", "none");
  return lines.map((line, index) => parseRow(line, path, index + 2));
}

/** The splits beyond training, in the order of the rows. */
export function sizesBeyond(rows: readonly Row[]): string[] {
  const splits = new Set(rows.map(({ split }) => split));
  splits.delete("training");
  splits.delete("validation");
  return [...splits];
}

function parseRow(line: string, path: string, number: number): Row {
  const cells = line.split(",");
  const [step, sequences, split, measured, ...figures] = cells;
  const fits =
    cells.length === columns.split(",").length &&
    [step, sequences, measured].every((cell) => /^\d+$/.test(cell!)) &&
    /^[A-Za-z0-9-]+$/.test(split!) &&
    figures.every((cell) => cell === "" || Number.isFinite(Number(cell)));
  if (!fits) throw unreadable(path, number, `it must hold a value for each of ${columns}`, line);
  const [lossBits, wrongBits, exact] = figures.map((cell) => (cell === "" ? null : Number(cell)));
  return {
    step: Number(step),
    sequences: Number(sequences),
    split: split!,
    measured: Number(measured),
    lossBits: lossBits!,
    wrongBits: wrongBits!,
    exact: exact!,
  };
}

function unreadable(path: string, line: number, rule: string, got: string): RangeError {
  return new RangeError(`Cannot read line ${line} of ${path}: ${rule}, got ${JSON.stringify(got)}`);
}
